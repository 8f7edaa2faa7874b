//! The bounds on how much the log keeps.

use std::time::Duration;

use sse_hub::{Position, Retention};

/// The bounds on how much the log keeps; whichever is reached first applies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_events: u64,
    /// The bytes that `MEMORY USAGE` may report.
    pub(crate) max_bytes: u64,
    /// How long the end of a topic is remembered.
    pub(crate) remember_ends: Duration,
}

impl Bounds {
    /// Returns `None` if the retention has a limit on age.
    pub(crate) fn new(retention: Retention) -> Option<Self> {
        let events = retention.max_events().map_or(100_000, |events| events as u64);
        let bytes = retention.max_bytes().map_or(256 * 1024 * 1024, |bytes| bytes as u64);
        let (max_events, max_bytes) = (events.min(i64::MAX as u64), bytes.max(64 * 1024));
        let remember_ends = REMEMBER;
        retention.max_age().is_none().then_some(Self { max_events, max_bytes, remember_ends })
    }

    /// Returns the number of ends to remember, which take at most a quarter of the bytes.
    pub(crate) fn max_ends(self) -> u64 {
        (self.max_bytes / 4 / END_BYTES).max(1)
    }

    /// Returns at least 1 ms and at most some years, so that the server's arithmetic stays exact.
    pub(crate) fn remember_millis(self) -> u64 {
        u64::try_from(self.remember_ends.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
    }

    /// Whether an end is forgotten by the time of a position.
    pub(crate) fn is_forgotten(self, end: Position, by: Position) -> bool {
        end.upper().saturating_add(self.remember_millis()) <= by.upper()
    }

    /// Returns the bytes that are trimmed at once, and so the most that the log may be below its limit: a MiB, or
    /// a sixteenth of the limit if that is less.
    pub(crate) fn step_bytes(self) -> u64 {
        (self.max_bytes / 16).clamp(1, 1024 * 1024)
    }
}

/// The most that an end takes of the server's memory; a topic's name has at most 255 bytes.
const END_BYTES: u64 = 400;

const MAX_MILLIS: u64 = 1 << 38;

/// How long ends are remembered by default: longer than clients take to reconnect.
pub(crate) const REMEMBER: Duration = Duration::from_secs(60 * 60);
