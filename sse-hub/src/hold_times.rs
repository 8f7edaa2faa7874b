//! Measures how long the lock is held, for benchmarks; does nothing without the feature `hold-times`.

#[cfg(feature = "hold-times")]
use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// One hold of the lock.
pub(crate) struct Hold(#[cfg(feature = "hold-times")] Instant);

#[cfg(not(feature = "hold-times"))]
impl Hold {
    pub(crate) fn begin() -> Self {
        Self()
    }

    pub(crate) fn end(self) {}
}

#[cfg(feature = "hold-times")]
impl Hold {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn end(self) {
        let held = self.0.elapsed();
        HOLDS.lock().unwrap_or_else(PoisonError::into_inner).push(held);
    }
}

#[cfg(feature = "hold-times")]
static HOLDS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

/// Takes the times for which any hub of the process has held its lock.
#[cfg(feature = "hold-times")]
#[doc(hidden)]
pub fn take_hold_times() -> Vec<Duration> {
    mem::take(&mut HOLDS.lock().unwrap_or_else(PoisonError::into_inner))
}
