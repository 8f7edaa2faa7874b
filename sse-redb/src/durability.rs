//! What an acknowledged event survives.

/// What an acknowledged event survives.
///
/// Both write the same file, which may be opened with either at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the process, `kill -9` and a deploy; not a crash of the machine or a power cut.
    ///
    /// A commit is in the system's page cache, and the system writes it to the disk when it likes.
    /// It takes microseconds. After a power cut the file may be a mixture of old and new, which
    /// opening it tells as [`Damaged`](crate::OpenError::Damaged). Or it may be whole and older than
    /// what was acknowledged; then positions are given again in the same epoch, and a client that
    /// was ahead misses what comes up to where it was. So move the file away after a crash
    /// of the machine. Choose it where that is rare enough, and a faster publish is worth it.
    Process,
    /// A power cut too, as far as the disk keeps what it has confirmed (`fsync`). The default:
    /// nothing that was acknowledged is lost, and the file stays whole.
    ///
    /// A commit waits for the disk, some milliseconds on most. Publishes that come meanwhile share
    /// the next commit, so many publishers at once lose little; one that awaits each publish before
    /// the next does.
    #[default]
    Disk,
}
