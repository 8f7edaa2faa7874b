//! The metrics of one stream.

use std::time::Duration;

use metrics::{Gauge, counter, gauge, histogram};

use crate::{
    EndReason, StreamEnd,
    metrics::names::{
        STREAM_DURATION, STREAM_FIRST_EVENT, STREAMS_ACTIVE, STREAMS_CLOSED, STREAMS_OPENED,
    },
};

/// The metrics of one stream, but for what it sends.
pub(super) struct Metered {
    /// The label; empty without a route.
    route: &'static str,
    active: Gauge,
}

impl Metered {
    /// Counts a new stream.
    pub(super) fn open(route: &'static str) -> Self {
        counter!(STREAMS_OPENED, "route" => route).increment(1);
        let active = gauge!(STREAMS_ACTIVE, "route" => route);
        active.increment(1.0);
        Self { route, active }
    }

    pub(super) fn first_event(&self, age: Duration) {
        histogram!(STREAM_FIRST_EVENT, "route" => self.route).record(age);
    }

    pub(super) fn ended(&self, end: &StreamEnd) {
        self.active.decrement(1.0);
        let reason = label(end.reason);
        counter!(STREAMS_CLOSED, "route" => self.route, "reason" => reason).increment(1);
        histogram!(STREAM_DURATION, "route" => self.route).record(end.age);
    }
}

/// Returns the reason as the value of a label, without spaces.
fn label(reason: EndReason) -> &'static str {
    match reason {
        EndReason::MaxAge => "max_age",
        other => other.as_str(),
    }
}
