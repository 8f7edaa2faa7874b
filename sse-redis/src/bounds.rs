//! How much the log keeps.

/// How much the log keeps: whichever is reached first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_events: u64,
    /// As `MEMORY USAGE` reports them.
    pub(crate) max_bytes: u64,
}

impl Bounds {
    /// How many bytes are trimmed at once, and so how much less than its limit the log may have: a
    /// MiB, or a sixteenth of the limit if that is less.
    pub(crate) fn step_bytes(self) -> u64 {
        (self.max_bytes / 16).clamp(1, 1024 * 1024)
    }
}
