//! How much the log keeps.

use sse_hub::Retention;

/// How much the log keeps: whichever is reached first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_events: u64,
    /// As `MEMORY USAGE` reports them.
    pub(crate) max_bytes: u64,
}

impl Bounds {
    /// `None` if there is a limit in age.
    pub(crate) fn new(retention: Retention) -> Option<Self> {
        let events = retention.max_events().map_or(100_000, |events| events as u64);
        let bytes = retention.max_bytes().map_or(256 * 1024 * 1024, |bytes| bytes as u64);
        let (max_events, max_bytes) = (events.min(i64::MAX as u64), bytes.max(64 * 1024));
        retention.max_age().is_none().then_some(Self { max_events, max_bytes })
    }

    /// How many bytes are trimmed at once, and so how much less than its limit the log may have: a
    /// MiB, or a sixteenth of the limit if that is less.
    pub(crate) fn step_bytes(self) -> u64 {
        (self.max_bytes / 16).clamp(1, 1024 * 1024)
    }
}
