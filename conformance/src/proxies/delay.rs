//! The delay of events from the server to the client.

use std::{fmt, time::Duration};

/// The delay of events from the server to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The median.
    pub median: Duration,
    /// The longest.
    pub max: Duration,
}

impl Delay {
    /// `None` without events.
    pub(super) fn of(mut delays: Vec<Duration>) -> Option<Self> {
        delays.sort_unstable();
        let median = *delays.get(delays.len() / 2)?;
        Some(Self { median, max: *delays.last()? })
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "{:.1}, {:.1} ms", ms(self.median), ms(self.max))
    }
}
