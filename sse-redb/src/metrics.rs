//! The metrics of journals. Without the feature `metrics`, its functions do nothing.

#[cfg(feature = "metrics")]
use std::time::Instant;

#[cfg(feature = "metrics")]
use metrics::{Unit, describe_histogram, histogram};
use sse_hub::BackendError;

/// Describes the metrics of journals to the current recorder: their units, and a text for each.
///
/// Call it once after the recorder is installed. Journals are measured even if it is never called. Their thread uses the
/// global recorder. The table of all metrics is in `docs/metrics.md`.
///
/// # Example
/// ```
/// // After the installation of a recorder, such as that of metrics-exporter-prometheus:
/// sse_redb::describe_metrics();
/// ```
#[cfg(feature = "metrics")]
pub fn describe_metrics() {
    describe_histogram!(
        APPEND,
        Unit::Seconds,
        "Time from the request to append an entry to its answer, by outcome"
    );
    describe_histogram!(
        COMMIT,
        Unit::Seconds,
        "Duration of a commit of all waiting entries, including its sync"
    );
    describe_histogram!(
        SYNC,
        Unit::Seconds,
        "Duration of a wait until the disk has stored all writes"
    );
}

/// Measures a duration.
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

    pub(crate) fn committed(self) {
        #[cfg(feature = "metrics")]
        histogram!(COMMIT).record(self.0.elapsed());
    }

    pub(crate) fn synced(self) {
        #[cfg(feature = "metrics")]
        histogram!(SYNC).record(self.0.elapsed());
    }
}

#[cfg(feature = "metrics")]
const APPEND: &str = "sse_redb_append_seconds";
#[cfg(feature = "metrics")]
const COMMIT: &str = "sse_redb_commit_seconds";
#[cfg(feature = "metrics")]
const SYNC: &str = "sse_redb_sync_seconds";
