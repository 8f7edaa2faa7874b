//! The metrics of one stream.

use std::{sync::Arc, time::Duration};

use metrics::{Gauge, counter, gauge, histogram};

use super::batch::Batch;
use crate::{
    EndReason, StreamEnd,
    metrics::names::{
        STREAM_DURATION, STREAM_FIRST_EVENT, STREAMS_ACTIVE, STREAMS_CLOSED, STREAMS_OPENED,
    },
    settings::Settings,
    traffic::Traffic,
};

/// The metrics of one stream.
#[repr(C)] // what changes with each chunk comes first
pub(super) struct Metered {
    traffic: Arc<Traffic>,
    /// The label; empty without a route.
    route: &'static str,
    active: Gauge,
}

impl Metered {
    /// Counts a new stream.
    pub(super) fn open(settings: &Settings) -> Self {
        let route = settings.route.unwrap_or_default();
        counter!(STREAMS_OPENED, "route" => route).increment(1);
        let active = gauge!(STREAMS_ACTIVE, "route" => route);
        active.increment(1.0);
        let traffic = match &settings.traffic {
            Some(shared) => shared.of(route),
            None => Arc::new(Traffic::of(route)),
        };
        Self { traffic, route, active }
    }

    /// Counts a chunk at once, because a stream may be open for weeks.
    pub(super) fn wrote(&self, chunk: &Batch) {
        let Traffic { events, bytes, keep_alives } = &*self.traffic;
        bytes.increment(chunk.len() as u64);
        if chunk.events > 0 {
            events.increment(chunk.events as u64);
        }
        if chunk.keep_alives > 0 {
            keep_alives.increment(chunk.keep_alives as u64);
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
