//! Counts of a journal.

use sse_hub::Position;

/// Counts of a journal, as of its last commit.
///
/// # Example
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events.redb");
/// use sse_redb::{Journal, JournalStats};
///
/// let journal = Journal::open(path).await?;
/// let JournalStats { events, file_bytes, .. } = journal.stats();
/// println!("{events} events in a file of {file_bytes} bytes");
/// # journal.close().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalStats {
    /// The position of the newest evicted event: all events after it are kept.
    pub floor: Position,
    /// The position of the newest event.
    pub head: Position,
    /// The number of events that are kept.
    pub events: u64,
    /// Their bytes: the events, their topics, and 13 bytes for each.
    pub bytes: u64,
    /// The file's length in bytes. A part of it may be free, and a sparse file may take less space on disk.
    pub file_bytes: u64,
    /// The number of commits since the file was created.
    pub commits: u64,
}
