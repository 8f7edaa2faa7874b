//! The bounds on how much a log keeps.

use std::time::Duration;

use crate::Retention;

/// The bounds on how much a log keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Option<Duration>,
}

impl Bounds {
    /// The longest time between the first and the last event of a chunk.
    pub(crate) fn span(&self) -> Option<Duration> {
        self.age.map(|age| age / 8)
    }
}

impl From<Retention> for Bounds {
    fn from(retention: Retention) -> Self {
        Self {
            // Some minutes of a busy topic.
            events: retention.max_events().unwrap_or(1_000),
            bytes: retention.max_bytes().unwrap_or(1024 * 1024),
            age: retention.max_age(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Retention::default().into()
    }
}
