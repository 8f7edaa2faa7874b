//! The bounds on how much of the log is kept.

use std::time::Duration;

use sse_hub::Retention;

use crate::record::State;

/// The bounds on how much of the log is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) age: Option<Duration>,
    /// How long the end of a topic is remembered.
    pub(crate) remember_ends: Duration,
}

impl Bounds {
    /// Whether the oldest event, written at the time `oldest`, has to be evicted. The newest stays, whatever
    /// its size: its publish was acknowledged.
    pub(crate) fn are_passed(&self, state: &State, oldest: u64, now: u64) -> bool {
        let old = self.age.is_some_and(|age| oldest.saturating_add(millis(age)) < now);
        let over = state.events() > self.events || state.bytes + state.ended_bytes > self.bytes;
        old || (over && state.events() > 1)
    }

    /// Whether the end of a topic, written at the time `end`, is forgotten.
    pub(crate) fn is_forgotten(&self, end: u64, now: u64) -> bool {
        end.saturating_add(millis(self.remember_ends)) <= now
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl From<Retention> for Bounds {
    fn from(retention: Retention) -> Self {
        Self {
            events: retention.max_events().map_or(100_000, |events| events as u64),
            bytes: retention.max_bytes().map_or(256 << 20, |bytes| bytes as u64),
            age: retention.max_age(),
            remember_ends: REMEMBER,
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Retention::default().into()
    }
}

/// How long ends are remembered by default: longer than clients take to reconnect.
pub(crate) const REMEMBER: Duration = Duration::from_secs(60 * 60);
