//! Counts of a journal.

use sse_hub::Position;

/// Counts of a journal, as of its last commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalStats {
    /// Everything after it is kept.
    pub floor: Position,
    /// Of the newest event.
    pub head: Position,
    /// How many events are kept.
    pub events: u64,
    /// How many bytes they have, with their topics and 13 bytes each.
    pub bytes: u64,
    /// How long the file is; a part of it may be free, or not on the disk at all.
    pub file_bytes: u64,
    /// How many commits there were since the file was begun.
    pub commits: u64,
}
