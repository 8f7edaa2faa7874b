//! A log outside the process.

mod memory;
pub mod tests;

use std::{error, fmt, future::Future, pin::Pin};

use bytes::Bytes;
use futures_core::Stream;

use crate::{BackgroundError, Epoch, Position, TopicName};

pub use self::memory::MemoryBackend;

/// A log outside the process: of many nodes, or one that survives a restart.
///
/// The log is the log of record. A publish resolves when the backend has acknowledged it, and
/// reaches this node's subscribers through the [`tail`](Self::tail), as it reaches those of every
/// other node; so all of them see the same order.
///
/// # Contract
/// - Positions are unique and strictly increasing over all topics, in the order of acknowledgement
///   as any one caller sees it.
/// - What was acknowledged is never changed; it goes only from the front.
/// - [`tail`](Self::tail) yields every entry after its start, in order and once, or says
///   [`Tail::Gap`]: it never skips in silence.
/// - When the log was lost as a whole, the epoch is another from then on.
/// - Every future and the tail may be dropped at any time; a dropped append may have been stored.
///
/// Run [`tests::all`] against an implementation.
pub trait Backend: Send + Sync + 'static {
    /// Opens the log, and begins it if there is none.
    fn open(&self) -> BackendFuture<'_, Opened>;

    /// Appends an encoded event without an ID; resolves once it is stored.
    ///
    /// It may be the first to notice that the log was lost, and append to the one that has begun:
    /// before the tail reports that one's epoch, or where nothing follows the tail.
    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended>;

    /// Reads entries after a position, oldest first, at least one if there is one, at most `max`; of
    /// large entries it may read fewer, but a MiB of them, to bound a page in bytes.
    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page>;

    /// Follows the log from a position on. Ends never: while the log cannot be reached it says so by
    /// errors, tries again by itself, says [`Tail::Back`], and goes on where it was.
    fn tail(&self, after: Position) -> TailStream;

    /// Ends the backend; resolves once its threads, files and sockets are released.
    ///
    /// The hub's [`Background`](crate::Background) calls it when the last handle to the hub is dropped, after
    /// it has dropped its tail. It may be called several times; what is asked for later fails.
    fn close(&self) -> CloseFuture<'_>;
}

/// The end of a backend.
pub type CloseFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What a backend is asked for.
pub type BackendFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// What follows a position, for ever.
pub type TailStream = Pin<Box<dyn Stream<Item = Result<Tail, BackendError>> + Send>>;

/// A log that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The life of the log.
    pub epoch: Epoch,
    /// Everything after it is kept.
    pub floor: Position,
    /// Whether other processes append to it as well. If none does, a client with an ID ahead of the log
    /// receives a gap event: an older copy must have replaced the log.
    pub shared: bool,
}

/// Where an event was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The epoch of the log that has it.
    pub epoch: Epoch,
    /// Its position there.
    pub position: Position,
}

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// Which topic it belongs to.
    pub topic: TopicName,
    /// The encoded event, without an ID.
    pub body: Bytes,
}

/// Some entries in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Everything after it is kept: entries may be missing before.
    pub floor: Position,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// What comes next in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The next entry.
    Entry(Entry),
    /// Entries that the tail had still to give are gone, all up to this position.
    Gap(Position),
    /// The log was lost, and another has begun; the entries after this are its.
    Anew(Epoch),
    /// The log can be followed again after an error; nothing else is new.
    Back,
}

/// Why a backend could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendError {
    /// What went wrong.
    pub message: String,
    /// Whether an append may have been stored all the same; publishing it again may then double it.
    pub may_be_stored: bool,
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.may_be_stored {
            f.write_str(" (it may have been stored: publishing it again may double it)")?;
        }
        Ok(())
    }
}

impl error::Error for BackendError {}

impl From<BackgroundError> for BackendError {
    fn from(error: BackgroundError) -> Self {
        Self { message: error.to_string(), may_be_stored: false }
    }
}
