//! A duration, or a range of durations to draw from.

use std::{ops::RangeInclusive, time::Duration};

use tokio::time::Instant;

/// A duration that may differ from connection to connection.
///
/// It is made from a [`Duration`], which is used unchanged, or from a range, from which each connection
/// draws its own duration. With a range, clients that connected together do not reconnect together.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::Config;
/// let config = Config::default()
///     .retry(Duration::from_secs(5))
///     .max_age(Duration::from_secs(600)..=Duration::from_secs(900));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter {
    shortest: Duration,
    longest: Duration,
}

impl Jitter {
    /// Makes a range from three quarters to five quarters of `middle`.
    pub(crate) fn around(middle: Duration) -> Self {
        let quarter = middle / 4;
        Self { shortest: middle.saturating_sub(quarter), longest: middle.saturating_add(quarter) }
    }

    /// Draws a duration uniformly from the range.
    pub(crate) fn draw(&self) -> Duration {
        let width = self.longest.saturating_sub(self.shortest);
        let nanos = u64::try_from(width.as_nanos()).unwrap_or(u64::MAX);
        self.shortest.saturating_add(Duration::from_nanos(fastrand::u64(..=nanos)))
    }
}

impl From<Duration> for Jitter {
    fn from(exactly: Duration) -> Self {
        Self { shortest: exactly, longest: exactly }
    }
}

impl From<RangeInclusive<Duration>> for Jitter {
    fn from(range: RangeInclusive<Duration>) -> Self {
        let (shortest, longest) = range.into_inner();
        Self { shortest, longest }
    }
}

/// Adds a duration of any length, and counts one of more than 30 years as 30 years.
pub(crate) fn later(start: Instant, duration: Duration) -> Instant {
    start + duration.min(Duration::from_secs(30 * 365 * 24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_within_the_range() {
        let seconds = Duration::from_secs;
        for (window, range) in [
            (Jitter::from(seconds(3)), seconds(3)..=seconds(3)),
            (Jitter::from(seconds(1)..=seconds(4)), seconds(1)..=seconds(4)),
            (Jitter::around(seconds(4)), seconds(3)..=seconds(5)),
            (Jitter::from(Duration::MAX), Duration::MAX..=Duration::MAX),
        ] {
            for _ in 0..100 {
                assert!(range.contains(&window.draw()), "{window:?}");
            }
        }
    }

    #[test]
    fn a_time_beyond_the_range_of_the_clock_is_30_years_away() {
        let (start, years) = (Instant::now(), Duration::from_secs(30 * 365 * 86_400));
        assert_eq!(later(start, Duration::from_secs(3)), start + Duration::from_secs(3));
        assert_eq!(later(start, years), start + years);
        assert_eq!(later(start, Duration::MAX), start + years);
    }

    #[test]
    fn connections_draw_different_durations() {
        let window = Jitter::from(Duration::ZERO..=Duration::from_secs(3600));
        assert_ne!(window.draw(), window.draw());
    }
}
