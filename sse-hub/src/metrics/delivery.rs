//! The time from a publish to a connection.

#[cfg(feature = "metrics")]
use std::time::Duration;
use std::time::Instant;

#[cfg(feature = "metrics")]
use metrics::histogram;

/// When the newest event of a log's chunk was published. Without the feature `metrics`, it has no size.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Published(#[cfg(feature = "metrics")] Option<Instant>);

impl Published {
    pub(crate) fn at(time: Instant) -> Self {
        let _ = time;
        Self(
            #[cfg(feature = "metrics")]
            Some(time),
        )
    }
}

/// Measures how long events wait until a subscription takes them.
///
/// Only a subscription that had everything is measured, and only its first read after that. The events of a later read,
/// or after a reconnect, were published long before the client could take them. To read the clock for each delivery
/// has a measurable cost, so each subscription is measured about once a second.
#[derive(Default)]
pub(crate) struct Delivered {
    #[cfg(feature = "metrics")]
    caught_up: bool,
    /// When the event was published whose delivery was measured last.
    #[cfg(feature = "metrics")]
    measured: Option<Instant>,
}

impl Delivered {
    /// Notes that the subscription has everything.
    #[inline]
    pub(crate) fn catch_up(&mut self) {
        #[cfg(feature = "metrics")]
        {
            self.caught_up = true;
        }
    }

    /// Records the delivery of events, unless another was measured just before. The newest was published at this time.
    #[inline]
    pub(crate) fn take(&mut self, newest: Option<Published>) {
        #[cfg(feature = "metrics")]
        if std::mem::take(&mut self.caught_up)
            && let Some(Published(Some(newest))) = newest
            && self.measured.is_none_or(|measured| newest >= measured + MEASURE_EVERY)
        {
            self.measured = Some(newest);
            histogram!(super::DELIVERY).record(newest.elapsed());
        }
        let _ = newest;
    }
}

#[cfg(feature = "metrics")]
const MEASURE_EVERY: Duration = Duration::from_secs(1);
