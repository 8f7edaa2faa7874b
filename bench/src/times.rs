//! Percentiles of many short times.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

/// Many short times of one operation, and their percentiles.
#[derive(Clone)]
pub struct Times(Histogram<u64>);

impl Times {
    /// Records one time.
    pub fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Returns p50, p99, p99.9 and the longest, in nanoseconds.
    pub fn figures(&self) -> [u64; 4] {
        let at = |share| self.0.value_at_quantile(share);
        [at(0.5), at(0.99), at(0.999), self.0.max()]
    }
}

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds in order"))
    }
}

/// Writes the [`figures`](Times::figures) in ns, separated by spaces.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, p999, longest] = self.figures();
        write!(f, "{p50} {p99} {p999} {longest}")
    }
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Times({self})")
    }
}

/// One minute, in ns. A longer time counts as one minute.
const LONGEST: u64 = 60_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_recorded_times() {
        let mut times = Times::default();
        (1..=1_000).for_each(|micros| times.record(Duration::from_micros(micros)));
        let expected = [500_000, 990_000, 999_000, 1_000_000];
        for (figure, expected) in times.figures().into_iter().zip(expected) {
            assert!(figure.abs_diff(expected) <= expected / 500, "{times}");
        }
    }
}
