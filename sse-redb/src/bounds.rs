//! How much of the log is kept.

use std::time::Duration;

use sse_hub::Retention;

use crate::record::State;

/// How much of the log is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) age: Option<Duration>,
}

impl Bounds {
    /// Whether the oldest event, of that time, has to go. The newest stays, whatever its size: its
    /// publisher was told that it is stored.
    pub(crate) fn are_passed(&self, state: &State, oldest: u64, now: u64) -> bool {
        let age = self.age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let old = age.is_some_and(|age| oldest.saturating_add(age) < now);
        let over = state.events() > self.events || state.bytes > self.bytes;
        old || (over && state.events() > 1)
    }
}

impl From<Retention> for Bounds {
    fn from(retention: Retention) -> Self {
        Self {
            events: retention.max_events().map_or(100_000, |events| events as u64),
            bytes: retention.max_bytes().map_or(256 << 20, |bytes| bytes as u64),
            age: retention.max_age(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Retention::default().into()
    }
}
