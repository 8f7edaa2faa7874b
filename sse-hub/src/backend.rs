//! A log outside the process.
//!
#![doc = include_str!("../docs/backends.md")]

mod appended;
mod backend_error;
#[cfg(any(test, feature = "test-util"))]
pub mod contract;
mod control;
mod ended;
mod entry;
mod log_event;
mod memory;
mod noted;
mod observer;
mod opened;
mod page;

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use futures_core::Stream;

use crate::{Position, TopicName};

pub use self::{
    appended::Appended, backend_error::BackendError, control::Control, ended::Ended, entry::Entry,
    log_event::LogEvent, memory::MemoryBackend, noted::Noted, observer::Observer, opened::Opened,
    page::Page,
};
pub(crate) use self::{control::control_topic, entry::Content};

/// A log outside the process: one that many nodes share, or one that survives a restart.
///
/// The backend's log is authoritative. A publish resolves when the backend has acknowledged the event. The event
/// reaches this node's subscribers through the [`tail`](Self::tail), as it reaches those of every other node, so
/// all of them see the same order.
///
/// # Example
/// This one adds a log line to another backend. The [module's documentation](self) has a complete one.
/// ```
/// use bytes::Bytes;
/// use sse_hub::{
///     Backend, Position, TopicName,
///     backend::{Appended, BackendFuture, CloseFuture, Opened, Page, TailStream},
/// };
///
/// struct Logged<B>(B);
///
/// impl<B: Backend> Backend for Logged<B> {
///     fn open(&self) -> BackendFuture<'_, Opened> {
///         self.0.open()
///     }
///
///     fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
///         Box::pin(async move {
///             let appended = self.0.append(topic, body).await;
///             println!("append to {topic}: {appended:?}");
///             appended
///         })
///     }
///
///     fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
///         self.0.read(after, max)
///     }
///
///     fn tail(&self, after: Position) -> TailStream {
///         self.0.tail(after)
///     }
///
///     fn close(&self) -> CloseFuture<'_> {
///         self.0.close()
///     }
/// }
/// # fn main() { drop(Logged(sse_hub::MemoryBackend::new(1))) }
/// ```
///
/// # Contract
/// - Positions are unique and strictly increasing over all topics. If a caller appends an entry after an
///   earlier one was acknowledged, the later one has the higher position.
/// - An acknowledged entry never changes. Entries are removed only from the front.
/// - [`tail`](Self::tail) yields every entry after its start, in order and once, or
///   [`LogEvent::Gap`]: it never skips entries silently.
/// - A log that was lost as a whole begins a new epoch.
/// - An entry with the body of a [`Control::End`] ends its topic. Later appends to the topic are refused with
///   [`BackendError::topic_ended`] and never read, whichever node makes them: the log's order decides. The log
///   remembers the end for some time, an hour by default, in its epoch, even after the entry was removed, and as
///   durably as the log itself. Then the topic may begin again.
/// - The body of a [`Control::Note`] describes its topic. The log remembers it, and the last event of a topic that
///   has a note, as durably as it remembers the topic's end, and as long: see [`notes`](Self::notes).
/// - Every future and the tail may be dropped at any time; a dropped append may have been stored.
/// - Once [`close`](Self::close) has resolved, everything is released: another process can open the log.
///
/// With the feature `test-util`, the module `contract` tests an implementation.
pub trait Backend: Send + Sync + 'static {
    /// Opens the log, or creates it if it does not exist.
    fn open(&self) -> BackendFuture<'_, Opened>;

    /// Appends an entry: an encoded event without an ID, or a [control entry](Control::encode). Resolves once it is
    /// stored.
    ///
    /// Fails with [`BackendError::topic_ended`] if the topic had ended by then.
    ///
    /// An append may be the first to notice that the log was lost. It may then append to the log that replaced it,
    /// even before the tail reports the new epoch, or if there is no tail.
    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended>;

    /// Appends entries of one topic, in order, and returns where the last one was stored. Resolves once all are stored.
    ///
    /// If an entry is not stored, no later one is. By default, the entries are appended one after another. A backend that
    /// is far away should send them together.
    ///
    /// # Panics
    /// It may panic if there are no entries.
    fn append_all<'a>(
        &'a self,
        topic: &'a TopicName,
        bodies: Vec<Bytes>,
    ) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let mut last = None;
            for body in bodies {
                let appended = self.append(topic, body).await;
                last = Some(appended.map_err(|error| {
                    let may_be_stored = error.may_be_stored || last.is_some();
                    error.may_be_stored(may_be_stored)
                })?);
            }
            Ok(last.expect("at least one entry"))
        })
    }

    /// Returns the notes of all topics, as far as they are remembered, in the order of their positions. By default there
    /// are none.
    fn notes(&self) -> BackendFuture<'_, Vec<Noted>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Reads entries after a position, oldest first: at most `max`, and at least one if one exists. To bound a page
    /// in bytes it may return fewer large entries, but at least a MiB of them.
    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page>;

    /// Follows the log from a position. The stream never ends: while the log is unreachable it yields errors and
    /// retries, then yields [`LogEvent::Recovered`], and continues where it was.
    fn tail(&self, after: Position) -> TailStream;

    /// Closes the backend; resolves once its threads, files and sockets are released.
    ///
    /// The hub's [`Background`](crate::Background) calls it when the last handle to the hub is dropped, after
    /// it has dropped its tail. It may be called several times; later calls of other methods fail.
    fn close(&self) -> CloseFuture<'_>;
}

/// The future of a backend's method.
pub type BackendFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// The future of [`Backend::close`].
pub type CloseFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The stream of [`Backend::tail`], which never ends.
pub type TailStream = Pin<Box<dyn Stream<Item = Result<LogEvent, BackendError>> + Send>>;
