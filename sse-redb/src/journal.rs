//! A hub's log in a file.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use sse_hub::{
    Backend, BackendError, Epoch, Position, TopicName,
    backend::{Appended, BackendFuture, Opened, Page, TailStream},
};
use tokio::sync::{oneshot, watch};

use crate::{
    JournalBuilder, JournalStats, OpenError,
    kept::Kept,
    queue::{Append, Queue, Read},
    tail::follow,
};

/// A hub's log in a file, which survives the process.
///
/// Cloning gives another handle to the same journal. When the last has gone, and with it the hub
/// that was opened on it and its driver, what still waits is written and synced, and the file let go
/// of; to wait for that, [`close`](Self::close) it.
///
/// # Example
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events.redb");
/// use sse_hub::Hub;
/// use sse_redb::{Durability, Journal};
///
/// let journal = Journal::builder().durability(Durability::Process).open(path).await?;
/// let (hub, driver) = Hub::builder().open(journal.clone()).await?;
/// tokio::spawn(driver);
/// // ... serve; at the end:
/// hub.drain();
/// journal.close().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Journal(Arc<Handle>);

#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) queue: Arc<Queue>,
    pub(crate) kept: watch::Receiver<Kept>,
    pub(crate) epoch: Epoch,
    /// Has a value never, and an end when the thread has ended.
    pub(crate) ended: watch::Receiver<()>,
}

impl Journal {
    /// Opens a journal with the default settings, and begins it if there is no file.
    ///
    /// # Errors
    /// See [`JournalBuilder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder().open(path).await
    }

    /// Sets durability, and how much is kept.
    pub fn builder() -> JournalBuilder {
        JournalBuilder::default()
    }

    pub(crate) fn new(handle: Handle) -> Self {
        Self(Arc::new(handle))
    }

    /// Returns counts.
    pub fn stats(&self) -> JournalStats {
        self.0.kept.borrow().stats
    }

    /// Ends the journal: what waits is written and synced, later appends are refused, the file is let
    /// go of.
    ///
    /// Drain the hub first. Tails wait for ever from here on.
    ///
    /// # Cancel safety
    /// A dropped call has ended it all the same, and does not wait for that.
    pub async fn close(&self) {
        self.0.queue.close();
        let mut ended = self.0.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl Backend for Journal {
    fn open(&self) -> BackendFuture<'_, Opened> {
        let opened =
            Opened { epoch: self.0.epoch.clone(), floor: self.stats().floor, shared: false };
        Box::pin(async move { Ok(opened) })
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.0.queue.append(Append { topic: topic.clone(), body, reply })?;
            let position = answer.await.unwrap_or_else(|_| Err(ended(true)))?;
            Ok(Appended { epoch: self.0.epoch.clone(), position })
        })
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        Box::pin(async move {
            let stats = self.stats();
            if after >= stats.head || max == 0 {
                return Ok(Page { floor: stats.floor, entries: Vec::new() });
            }
            read(&self.0.queue, after.lower(), max).await.unwrap_or_else(|| Err(ended(false)))
        })
    }

    fn tail(&self, after: Position) -> TailStream {
        follow(Arc::clone(&self.0.queue), self.0.kept.clone(), after)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Lets the journal's thread read; `None` if the journal has ended.
pub(crate) async fn read(
    queue: &Queue,
    after: u64,
    max: usize,
) -> Option<Result<Page, BackendError>> {
    let (reply, answer) = oneshot::channel();
    queue.read(Read { after, max, reply }).ok()?;
    answer.await.ok()
}

fn ended(may_be_stored: bool) -> BackendError {
    BackendError { message: "the journal's thread has ended".to_owned(), may_be_stored }
}
