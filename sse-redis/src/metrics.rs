//! The metrics of the backend. Without the feature `metrics`, its functions do nothing.

#[cfg(feature = "metrics")]
use std::time::Instant;

#[cfg(feature = "metrics")]
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use sse_hub::BackendError;

/// Describes the metrics of the backend to the current recorder: their units, and a text for each.
///
/// Call it once after the recorder is installed. Backends are measured even if it is never called. The table of all
/// metrics is in `docs/metrics.md`.
///
/// # Example
/// ```
/// // After the installation of a recorder, such as that of metrics-exporter-prometheus:
/// sse_redis::describe_metrics();
/// ```
#[cfg(feature = "metrics")]
pub fn describe_metrics() {
    describe_histogram!(
        APPEND,
        Unit::Seconds,
        "Time from the request to append an entry to the server's answer, by outcome"
    );
    describe_counter!(
        RECONNECTS,
        Unit::Count,
        "Connections that replaced an earlier one, by what they are for"
    );
}

/// Measures an append.
pub(crate) struct Timer(#[cfg(feature = "metrics")] Instant);

impl Timer {
    pub(crate) fn begin() -> Self {
        Self(
            #[cfg(feature = "metrics")]
            Instant::now(),
        )
    }

    pub(crate) fn appended<T>(self, result: &Result<T, BackendError>) {
        #[cfg(feature = "metrics")]
        {
            let outcome = match result {
                Ok(_) => "ok",
                Err(error) if error.is_topic_ended() => "ended",
                Err(_) => "error",
            };
            histogram!(APPEND, "outcome" => outcome).record(self.0.elapsed());
        }
        let _ = result;
    }
}

/// Counts a connection that replaced an earlier one.
pub(crate) fn reconnected(purpose: &'static str) {
    #[cfg(feature = "metrics")]
    counter!(RECONNECTS, "purpose" => purpose).increment(1);
    let _ = purpose;
}

#[cfg(feature = "metrics")]
const APPEND: &str = "sse_redis_append_seconds";
#[cfg(feature = "metrics")]
const RECONNECTS: &str = "sse_redis_reconnects_total";
