//! The span of one stream.

use tracing::{Span, field::Empty, info_span, span::EnteredSpan};

use crate::StreamEnd;

/// The span of one stream. It has no data of events and no IDs, because these may be secret.
pub(super) struct StreamSpan(Span);

impl StreamSpan {
    /// Opens a span below the one in which the response was made.
    pub(super) fn open(parent: &Span, route: Option<&'static str>) -> Self {
        Self(info_span!(
            parent: parent,
            "event_stream",
            route,
            reason = Empty,
            events = Empty,
            bytes = Empty,
            duration_ms = Empty
        ))
    }

    /// Enters the span. The guard does not borrow the stream, which the caller changes meanwhile.
    pub(super) fn enter(&self) -> EnteredSpan {
        self.0.clone().entered()
    }

    pub(super) fn ended(&self, end: &StreamEnd) {
        self.0.record("reason", end.reason.as_str());
        self.0.record("events", end.events);
        self.0.record("bytes", end.bytes);
        self.0.record("duration_ms", u64::try_from(end.age.as_millis()).unwrap_or(u64::MAX));
    }
}
