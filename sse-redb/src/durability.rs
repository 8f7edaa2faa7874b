//! What an acknowledged event survives.

/// What an acknowledged event survives.
///
/// Both use the same file format: a file may be opened with either.
///
/// # Example
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events.redb");
/// use sse_redb::{Durability, Journal};
///
/// // Survives a deploy, but not a power cut; publishes take microseconds.
/// let journal = Journal::builder().durability(Durability::Process).open(path).await?;
/// # journal.close().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// An event survives a crash of the process, `kill -9` and a deploy, but not a crash of the machine or a
    /// power cut.
    ///
    /// A commit takes microseconds, because it only reaches the system's page cache; the system writes it to disk
    /// later. Choose this where crashes of the machine are rare and fast publishes matter more.
    ///
    /// Such a crash may lose events, and the loss is reported:
    /// - The file may be a mixture of old and new pages. Opening it fails with
    ///   [`Damaged`](crate::OpenError::Damaged).
    /// - The file may be whole, but older than what was acknowledged. If the machine has restarted since an
    ///   unsynced commit, the log therefore begins a new epoch. What is in the file is served, and earlier
    ///   clients receive a `gap` event, even if nothing was lost.
    ///
    /// [`close`](crate::Journal::close) syncs the file, so the epoch survives an orderly end. Opening the file
    /// with [`Disk`](Self::Disk) before the machine restarts has the same effect.
    ///
    /// Linux's boot ID identifies the runs of the machine. Without it (another system, or no `/proc`), a crash
    /// of the process begins a new epoch too.
    Process,
    /// An event also survives a power cut, provided that the disk keeps what it has confirmed (`fsync`). This is
    /// the default: no acknowledged event is lost, and the file stays whole.
    ///
    /// A commit waits for the disk, some milliseconds on most. Publishes that arrive meanwhile share the next
    /// commit, so concurrent publishers lose little throughput. A publisher that awaits each publish before the
    /// next is limited by the disk.
    #[default]
    Disk,
}
