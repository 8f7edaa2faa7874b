//! How long to wait before the next attempt.

use std::{ops::RangeInclusive, time::Duration};

#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) fn new(range: RangeInclusive<Duration>) -> Self {
        let (first, longest) = range.into_inner();
        Self { first, longest: longest.max(first) }
    }

    /// Returns the delay after this number of losses in a row, which is at least 1.
    ///
    /// `asked` is the time that the server asks clients to wait, and `random` is between 0 and 1.
    pub(crate) fn delay(&self, losses: u32, asked: Option<Duration>, random: f64) -> Duration {
        // Clients that lost their server together must not all return at once, and none may return early.
        let asked = asked.map(|time| times(time, 1.0 + random / 4.0));
        match asked {
            Some(asked) if losses <= 1 => asked,
            _ => {
                let doubled = 2_u32.saturating_pow(losses.saturating_sub(1));
                let full = self.first.saturating_mul(doubled).min(self.longest);
                times(full, 0.5 + random / 2.0).max(asked.unwrap_or_default())
            }
        }
    }
}

/// Multiplies, and counts a result of more than 30 years as 30 years, which a clock can add.
fn times(time: Duration, factor: f64) -> Duration {
    Duration::from_secs_f64((time.as_secs_f64() * factor).min(LONGEST))
}

const LONGEST: f64 = 30.0 * 365.0 * 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(losses: u32, asked: Option<u64>, random: f64, expected: f64) {
        let backoff = Backoff::new(Duration::from_secs(1)..=Duration::from_secs(30));
        let delay = backoff.delay(losses, asked.map(Duration::from_secs), random);
        assert_eq!(delay.as_secs_f64(), expected, "{losses} losses, asked {asked:?}, {random}");
    }

    #[test]
    fn the_delay_doubles_up_to_its_bound() {
        for (losses, full) in [(1, 1.0), (2, 2.0), (3, 4.0), (5, 16.0), (6, 30.0), (u32::MAX, 30.0)]
        {
            check(losses, None, 1.0, full);
            check(losses, None, 0.0, full / 2.0);
        }
    }

    #[test]
    fn the_first_delay_is_the_one_that_the_server_asks_for() {
        check(1, Some(0), 1.0, 0.0);
        check(1, Some(8), 0.0, 8.0);
        check(1, Some(8), 1.0, 10.0);
    }

    #[test]
    fn a_later_delay_is_never_shorter_than_the_server_asks() {
        check(2, Some(0), 0.0, 1.0);
        check(2, Some(8), 0.0, 8.0);
        check(9, Some(8), 0.0, 15.0);
        check(9, Some(40), 1.0, 50.0);
    }

    #[test]
    fn an_endless_delay_can_be_added_to_a_time() {
        let backoff = Backoff::new(Duration::MAX..=Duration::MAX);
        for asked in [None, Some(Duration::MAX), Some(Duration::from_millis(u64::MAX))] {
            let delay = backoff.delay(1, asked, 1.0);
            assert!(std::time::Instant::now().checked_add(delay).is_some(), "{delay:?}");
        }
    }
}
