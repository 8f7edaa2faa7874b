//! Durations of something that happens many times.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Durations of something that happens many times. A clone adds to the same samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(Arc<Mutex<Vec<Duration>>>);

/// The median and the 99th percentile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// The median.
    pub p50: Duration,
    /// The duration that one in a hundred exceeds.
    pub p99: Duration,
    /// The number of samples.
    pub count: usize,
}

impl Samples {
    pub(super) fn add(&self, took: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }

    /// Takes the samples so far.
    pub(super) fn take(&self) -> Percentiles {
        let mut took = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        took.sort_unstable();
        let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
        Percentiles { p50: at(50), p99: at(99), count: took.len() }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "{:.1} / {:.1}", ms(self.p50), ms(self.p99))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_exceeds_the_99th_percentile() {
        let samples = Samples::default();
        for ms in (1..=200).rev() {
            samples.add(Duration::from_millis(ms));
        }
        let Percentiles { p50, p99, count } = samples.take();
        assert_eq!((p50.as_millis(), p99.as_millis(), count), (101, 199, 200));
        assert_eq!(samples.take(), Percentiles::default());
    }
}
