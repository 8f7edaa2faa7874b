//! The metrics of hubs.
//!
//! Without the feature `metrics`, its functions do nothing. Nothing is recorded while the hub's lock is held.

mod delivery;
#[cfg(feature = "metrics")]
mod levels;
mod progress;

#[cfg(feature = "metrics")]
use std::time::Instant;

#[cfg(feature = "metrics")]
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
#[cfg(feature = "metrics")]
use sse_core::adapter::count_rejection;

pub(crate) use self::delivery::{Delivered, Published};
#[cfg(feature = "metrics")]
pub(crate) use self::levels::Levels;
pub(crate) use self::progress::Progress;
use crate::{Gap, GapReason, PublishError, SubscribeError};

/// Describes the metrics of hubs to the current recorder: their units, and a text for each.
///
/// Call it once after the recorder is installed, beside [`sse_core::describe_metrics`]. Hubs are measured even if it is
/// never called. The table of all metrics is in `docs/metrics.md`.
///
/// No label depends on a topic, a user or an ID, so no client can add a series. Counters and histograms add up over all
/// hubs of the process. A gauge shows the hub that recorded last, so it is useful only with one hub.
///
/// # Example
/// ```
/// // After the installation of a recorder, such as that of metrics-exporter-prometheus:
/// sse_core::describe_metrics();
/// sse_hub::describe_metrics();
/// ```
#[cfg(feature = "metrics")]
pub fn describe_metrics() {
    for (name, text) in [
        (PUBLISHED, "Events that this process published"),
        (SUBSCRIPTIONS_OPENED, "Subscriptions that joined their topics, by start"),
        (GAPS, "Gap events that were sent, by reason"),
        (MISSED, "Events that open subscriptions missed, as far as known, by reason"),
        (BACKEND_ERRORS, "Errors of the backend, by operation"),
    ] {
        describe_counter!(name, Unit::Count, text);
    }
    for (name, text) in [
        (PUBLISH, "Duration of a publish, by outcome"),
        (DELIVERY, "Time from a publish, or an arrival from the backend, to a connection"),
    ] {
        describe_histogram!(name, Unit::Seconds, text);
    }
    describe_histogram!(BEHIND, Unit::Count, "Events that a resumed subscription had missed");
    for (name, unit, text) in levels::DESCRIPTIONS {
        describe_gauge!(name, unit, text);
    }
}

/// Measures a publish.
pub(crate) struct Timer(#[cfg(feature = "metrics")] Instant);

impl Timer {
    pub(crate) fn begin() -> Self {
        Self(
            #[cfg(feature = "metrics")]
            Instant::now(),
        )
    }

    /// Records the publish of one event.
    pub(crate) fn published<T>(self, result: &Result<T, PublishError>) {
        #[cfg(feature = "metrics")]
        {
            match result {
                Ok(_) => counter!(PUBLISHED).increment(1),
                Err(PublishError::Backend(_)) => backend_failed("append"),
                Err(_) => {}
            }
            histogram!(PUBLISH, "outcome" => outcome(result)).record(self.0.elapsed());
        }
        let _ = result;
    }
}

#[cfg(feature = "metrics")]
fn outcome<T>(result: &Result<T, PublishError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(PublishError::Topic(_)) => "invalid_topic",
        Err(PublishError::HasId) => "has_id",
        Err(PublishError::NoData) => "no_data",
        Err(PublishError::TooLarge { .. }) => "too_large",
        Err(PublishError::TooManyTopics { .. }) => "too_many_topics",
        Err(PublishError::Ended) => "ended",
        Err(PublishError::Drained) => "drained",
        Err(PublishError::NeedsAwait) => "needs_await",
        Err(PublishError::Background(_)) => "no_background",
        Err(PublishError::Backend(_)) => "backend_error",
    }
}

/// Counts an error of the backend.
pub(crate) fn backend_failed(operation: &'static str) {
    #[cfg(feature = "metrics")]
    counter!(BACKEND_ERRORS, "operation" => operation).increment(1);
    let _ = operation;
}

/// Counts a refused subscription, among the rejected streams of `sse-core`.
pub(crate) fn refused(error: &SubscribeError) {
    #[cfg(feature = "metrics")]
    count_rejection(match error {
        SubscribeError::Topic(_) => "invalid_topic",
        SubscribeError::NoTopics => "no_topics",
        SubscribeError::TooManyTopics { .. } => "too_many_topics",
        SubscribeError::TooManySubscribers { .. } => "too_many_subscribers",
        SubscribeError::HubFull { .. } => "hub_full",
        SubscribeError::Ended => "ended",
        SubscribeError::Drained => "drained",
        SubscribeError::Background(_) => "no_background",
    });
    let _ = error;
}

/// How a subscription began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Began {
    /// Without an ID.
    Fresh,
    /// After the client's ID.
    Resumed,
    /// After the client's ID, with a gap.
    Gap(GapReason),
}

impl Began {
    /// Counts a subscription that has joined its topics.
    pub(crate) fn count(self) {
        #[cfg(feature = "metrics")]
        {
            let start = match self {
                Self::Fresh => "fresh",
                Self::Resumed => "resumed",
                Self::Gap(GapReason::Trimmed | GapReason::Foreign) => "gap",
                Self::Gap(GapReason::Malformed | GapReason::Future) => "bad_cursor",
            };
            counter!(SUBSCRIPTIONS_OPENED, "start" => start).increment(1);
        }
    }

    /// Whether it is known which events the client has missed.
    pub(crate) fn is_resumed(self) -> bool {
        matches!(self, Self::Resumed | Self::Gap(GapReason::Trimmed))
    }
}

/// Records the number of events that a resumed subscription had missed.
pub(crate) fn resumed(behind: impl FnOnce() -> usize) {
    #[cfg(feature = "metrics")]
    histogram!(BEHIND).record(behind() as f64);
    #[cfg(not(feature = "metrics"))]
    let _ = behind;
}

pub(crate) fn gap(gap: &Gap) {
    #[cfg(feature = "metrics")]
    {
        counter!(GAPS, "reason" => gap.reason.as_str()).increment(1);
        if gap.missed > 0 {
            counter!(MISSED, "reason" => gap.reason.as_str()).increment(gap.missed);
        }
    }
    let _ = gap;
}

#[cfg(feature = "metrics")]
const PUBLISHED: &str = "sse_hub_published_events_total";
#[cfg(feature = "metrics")]
const PUBLISH: &str = "sse_hub_publish_seconds";
#[cfg(feature = "metrics")]
const SUBSCRIPTIONS_OPENED: &str = "sse_hub_subscriptions_opened_total";
#[cfg(feature = "metrics")]
const BEHIND: &str = "sse_hub_resume_events";
#[cfg(feature = "metrics")]
const GAPS: &str = "sse_hub_gaps_total";
#[cfg(feature = "metrics")]
const MISSED: &str = "sse_hub_missed_events_total";
#[cfg(feature = "metrics")]
const DELIVERY: &str = "sse_hub_delivery_seconds";
#[cfg(feature = "metrics")]
const BACKEND_ERRORS: &str = "sse_hub_backend_errors_total";
