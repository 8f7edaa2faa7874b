//! What an acknowledged event survives.

/// What an acknowledged event survives.
///
/// Both write the same file, which may be opened with either at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the process, `kill -9` and a deploy; not a crash of the machine or a power cut.
    ///
    /// A commit is in the system's page cache, and the system writes it to the disk when it likes.
    /// It takes microseconds. Choose it where a crash of the machine is rare enough, and a faster
    /// publish is worth it.
    ///
    /// Such a crash may lose events, which is told. The file may be a mixture of old and new, which
    /// opening it tells as [`Damaged`](crate::OpenError::Damaged). Or it may be whole and older than
    /// what was acknowledged; so a new epoch begins whenever the machine has been started again since
    /// a commit that was not synced. What is in the file is served, and clients of before are told of
    /// a gap, even if by chance nothing was lost. [`close`](crate::Journal::close) syncs: after
    /// an orderly end the epoch stays. So does opening the file with [`Disk`](Self::Disk) before the
    /// machine ends.
    ///
    /// Runs of the machine are told apart by Linux's boot ID. Where there is none (another system,
    /// no `/proc`), a crash of the process begins a new epoch too.
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
