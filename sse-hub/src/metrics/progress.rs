//! How far a subscriber has read a topic, to count the events that it misses.

/// The number of the next event of a topic for a subscriber. The topic's log numbers its events in their order.
///
/// It is unknown until the subscriber is at a position after which the log has everything: a position does not say how
/// many events are before it. Without the feature `metrics`, it has no size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress(#[cfg(feature = "metrics")] u64);

#[cfg(feature = "metrics")]
impl Progress {
    const NOT_COUNTED: u64 = u64::MAX;
    const UNKNOWN: u64 = u64::MAX - 1;

    pub(crate) fn new(counted: bool) -> Self {
        Self(if counted { Self::UNKNOWN } else { Self::NOT_COUNTED })
    }

    /// Sets the number if it is unknown.
    #[inline]
    pub(crate) fn begin(&mut self, number: impl FnOnce() -> u64) {
        if self.0 == Self::UNKNOWN {
            self.0 = number();
        }
    }

    /// Notes that the subscriber takes events.
    #[inline]
    pub(crate) fn advance(&mut self, events: usize) {
        if self.0 < Self::UNKNOWN {
            self.0 += events as u64;
        }
    }

    /// Skips the events before another number, and returns how many they are; 0 if that is not known.
    pub(crate) fn skip_to(&mut self, number: impl FnOnce() -> u64) -> u64 {
        if self.0 >= Self::UNKNOWN {
            return 0;
        }
        let number = number();
        number.saturating_sub(std::mem::replace(&mut self.0, number))
    }

    /// Notes that the number is no longer known.
    pub(crate) fn forget(&mut self) {
        self.0 = self.0.max(Self::UNKNOWN);
    }
}

#[cfg(not(feature = "metrics"))]
impl Progress {
    pub(crate) fn new(_: bool) -> Self {
        Self()
    }

    #[inline]
    pub(crate) fn begin(&mut self, _: impl FnOnce() -> u64) {}

    #[inline]
    pub(crate) fn advance(&mut self, _: usize) {}

    pub(crate) fn skip_to(&mut self, _: impl FnOnce() -> u64) -> u64 {
        0
    }

    pub(crate) fn forget(&mut self) {}
}
