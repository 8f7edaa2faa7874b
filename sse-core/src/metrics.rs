//! The metrics of event streams.
//!
//! Without the feature `metrics`, its functions do nothing.

#[cfg(feature = "metrics")]
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

#[cfg(feature = "metrics")]
use self::names::*;

/// Describes the metrics of event streams to the current recorder: their units, and a text for each.
///
/// Call it once after the recorder is installed; most exporters show the texts. Streams are measured even if it is
/// never called. Each stream registers its metrics with the recorder that is current when the stream opens, or was up
/// to a second before. The table of all metrics is in `docs/metrics.md`.
///
/// The only labels are `route`, which is [`Config::route`](crate::Config::route) or empty, and `reason`, which is
/// [`EndReason::as_str`](crate::EndReason::as_str) with `_` for each space, or a reason to refuse a stream. So clients
/// cannot add a series.
///
/// # Example
/// ```
/// // After the installation of a recorder, such as that of metrics-exporter-prometheus:
/// sse_core::describe_metrics();
/// ```
#[cfg(feature = "metrics")]
pub fn describe_metrics() {
    describe_gauge!(STREAMS_ACTIVE, Unit::Count, "Open event streams");
    describe_counter!(STREAMS_OPENED, Unit::Count, "Event streams that were opened");
    describe_counter!(STREAMS_CLOSED, Unit::Count, "Event streams that ended, by reason");
    describe_counter!(
        STREAMS_REJECTED,
        Unit::Count,
        "Requests for an event stream that were refused, by reason"
    );
    describe_histogram!(
        STREAM_DURATION,
        Unit::Seconds,
        "Time from the first poll of an event stream to its end"
    );
    describe_histogram!(
        STREAM_FIRST_EVENT,
        Unit::Seconds,
        "Time from the first poll of an event stream to its first event"
    );
    describe_counter!(
        EVENTS_SENT,
        Unit::Count,
        "Events of the application that were passed to the framework"
    );
    describe_counter!(BYTES_SENT, Unit::Bytes, "Bytes of bodies that were passed to the framework");
    describe_counter!(
        KEEP_ALIVES_SENT,
        Unit::Count,
        "Keep-alives that were passed to the framework"
    );
    describe_gauge!(
        DRAIN_REMAINING,
        Unit::Count,
        "Event streams that are still open in a drain; 0 without a drain"
    );
    describe_counter!(
        DRAIN_ABANDONED,
        Unit::Count,
        "Event streams that were still open at the deadline of a drain"
    );
}

/// Counts a refused request for a stream, in the metric `sse_streams_rejected_total`.
///
/// Use it in code that refuses streams before a body exists, such as a limiter. The body counts its own refusals. The
/// reason becomes a label, so it must not depend on the request. Without the feature `metrics`, it does nothing.
///
/// # Example
/// ```
/// sse_core::adapter::count_rejection("maintenance");
/// ```
pub fn count_rejection(reason: &'static str) {
    #[cfg(feature = "metrics")]
    counter!(STREAMS_REJECTED, "reason" => reason).increment(1);
    let _ = reason;
}

/// The reason for which a server refuses streams while it drains.
pub(crate) const DRAINING: &str = "draining";

/// Adds streams to those that are open in a drain.
pub(crate) fn drain_gains(streams: usize) {
    #[cfg(feature = "metrics")]
    gauge!(DRAIN_REMAINING).increment(streams as f64);
    let _ = streams;
}

/// Removes a stream from those that are open in a drain.
pub(crate) fn drain_loses_one() {
    #[cfg(feature = "metrics")]
    gauge!(DRAIN_REMAINING).decrement(1.0);
}

/// Counts the streams that are open at the deadline of a drain.
pub(crate) fn drain_abandons(streams: usize) {
    #[cfg(feature = "metrics")]
    counter!(DRAIN_ABANDONED).increment(streams as u64);
    let _ = streams;
}

#[cfg(feature = "metrics")]
pub(crate) mod names {
    pub(crate) const STREAMS_ACTIVE: &str = "sse_streams_active";
    pub(crate) const STREAMS_OPENED: &str = "sse_streams_opened_total";
    pub(crate) const STREAMS_CLOSED: &str = "sse_streams_closed_total";
    pub(crate) const STREAMS_REJECTED: &str = "sse_streams_rejected_total";
    pub(crate) const STREAM_DURATION: &str = "sse_stream_duration_seconds";
    pub(crate) const STREAM_FIRST_EVENT: &str = "sse_stream_first_event_seconds";
    pub(crate) const EVENTS_SENT: &str = "sse_events_sent_total";
    pub(crate) const BYTES_SENT: &str = "sse_bytes_sent_total";
    pub(crate) const KEEP_ALIVES_SENT: &str = "sse_keep_alives_sent_total";
    pub(crate) const DRAIN_REMAINING: &str = "sse_drain_remaining";
    pub(crate) const DRAIN_ABANDONED: &str = "sse_drain_abandoned_total";
}
