//! The metrics of one stream.

use std::time::Duration;

use metrics::{Counter, Gauge, counter, gauge, histogram};

use super::batch::Batch;
use crate::{
    EndReason, StreamEnd,
    metrics::names::{
        BYTES_SENT, EVENTS_SENT, KEEP_ALIVES_SENT, STREAM_DURATION, STREAM_FIRST_EVENT,
        STREAMS_ACTIVE, STREAMS_CLOSED, STREAMS_OPENED,
    },
};

/// The metrics of one stream.
///
/// They are registered when the stream opens, and not once for the process. So a recorder that is installed later, or
/// for one thread, also works.
pub(super) struct Metered {
    route: &'static str,
    active: Gauge,
    events: Counter,
    bytes: Counter,
    keep_alives: Counter,
}

impl Metered {
    pub(super) fn open(route: Option<&'static str>) -> Self {
        let route = route.unwrap_or_default();
        counter!(STREAMS_OPENED, "route" => route).increment(1);
        let active = gauge!(STREAMS_ACTIVE, "route" => route);
        active.increment(1.0);
        Self {
            route,
            active,
            events: counter!(EVENTS_SENT, "route" => route),
            bytes: counter!(BYTES_SENT, "route" => route),
            keep_alives: counter!(KEEP_ALIVES_SENT, "route" => route),
        }
    }

    /// Counts a chunk at once, so that the traffic of a stream that stays open for a week is visible today.
    pub(super) fn wrote(&self, chunk: &Batch) {
        self.bytes.increment(chunk.len() as u64);
        if chunk.events > 0 {
            self.events.increment(chunk.events as u64);
        }
        if chunk.keep_alives > 0 {
            self.keep_alives.increment(chunk.keep_alives as u64);
        }
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
