//! The wait before the next attempt.

use std::time::Duration;

/// Waits that double up to a bound, with jitter, so that nodes that lost their server at the same time do not
/// all return at the same time.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// Returns the next wait, between half of the current bound and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let bound = self.next;
        self.next = (bound * 2).min(self.most);
        bound.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_begin_again() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(1_000));
        for bound in [100, 200, 400, 800, 1_000, 1_000] {
            let wait = backoff.next();
            assert!((ms(bound) / 2..=ms(bound)).contains(&wait), "{wait:?} of {bound} ms");
        }
        backoff.reset();
        assert!(backoff.next() <= ms(100));
    }
}
