//! A hub's log in a file.

use std::sync::Arc;

use bytes::Bytes;
use sse_hub::{
    Backend, BackendError, Epoch, Position, TopicName,
    backend::{Appended, BackendFuture, CloseFuture, Noted, Opened, Page, TailStream},
};
use tokio::sync::{oneshot, watch};

use crate::{
    JournalStats,
    kept::Kept,
    metrics::Timer,
    queue::{Append, Gone, Queue},
    tail::follow,
};

/// A hub's log in a file, which survives the process.
///
/// A clone is another handle to the same journal. When the last handle to its hub is dropped, the hub's
/// [`Background`](sse_hub::Background) [closes](Self::close) the journal for all handles: pending appends are
/// written and synced, and the file is released by the time the background resolves. Without a running
/// background, the journal closes when its last handle is dropped, and nothing waits for that.
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
/// let hub = Hub::builder().open(journal.clone()).await?;
/// let background = tokio::spawn(hub.background());
/// println!("{} events", journal.stats().events);
/// // Serve; at the end, once the server and its streams are gone:
/// drop(hub);
/// background.await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Journal(Arc<Handle>);

#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) queue: Arc<Queue>,
    pub(crate) kept: watch::Receiver<Kept>,
    pub(crate) epoch: Epoch,
    /// Closed when the thread exits; carries no values.
    pub(crate) ended: watch::Receiver<()>,
}

impl Journal {
    pub(crate) fn new(handle: Handle) -> Self {
        Self(Arc::new(handle))
    }

    /// Returns counts as of the last commit.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    /// use sse_redb::Journal;
    ///
    /// let journal = Journal::open(path).await?;
    /// let hub = Hub::builder().open(journal.clone()).await?;
    /// tokio::spawn(hub.background());
    /// hub.publish("orders", Event::data("paid")).await?;
    /// assert_eq!(journal.stats().events, 1);
    /// # Ok(()) }
    /// ```
    pub fn stats(&self) -> JournalStats {
        self.0.kept.borrow().stats
    }

    /// Ends the journal: pending appends are written and synced, later ones are refused, and the file is
    /// released. Tails wait indefinitely from then on.
    ///
    /// A hub's [`Background`](sse_hub::Background) calls this. To close the journal while its hub is in use,
    /// [drain](sse_hub::Hub::drain) the hub first.
    ///
    /// # Cancel safety
    /// A dropped call still closes the journal, but does not wait until the file is released.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use sse_redb::Journal;
    ///
    /// let journal = Journal::open(&path).await?;
    /// journal.close().await;
    /// std::fs::copy(&path, path.with_extension("copy"))?; // a backup
    /// # Ok(()) }
    /// ```
    pub async fn close(&self) {
        self.0.queue.close();
        let mut ended = self.0.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl Backend for Journal {
    fn open(&self) -> BackendFuture<'_, Opened> {
        Box::pin(async move {
            let gone = self.0.queue.ask_gone().await;
            let Gone { floor, ended, .. } = gone.unwrap_or_else(|| Err(ended_error(false)))?;
            Ok(Opened { epoch: self.0.epoch.clone(), floor, shared: false, ended })
        })
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let timer = Timer::begin();
            let appended = self.0.append(topic, vec![body]).await;
            timer.appended(&appended);
            appended
        })
    }

    /// Writes all in one commit.
    fn append_all<'a>(
        &'a self,
        topic: &'a TopicName,
        bodies: Vec<Bytes>,
    ) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let timer = Timer::begin();
            let appended = self.0.append(topic, bodies).await;
            timer.appended(&appended);
            appended
        })
    }

    fn notes(&self) -> BackendFuture<'_, Vec<Noted>> {
        Box::pin(async move {
            let gone = self.0.queue.ask_gone().await;
            Ok(gone.unwrap_or_else(|| Err(ended_error(false)))?.notes)
        })
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        Box::pin(async move {
            let stats = self.stats();
            if after >= stats.head || max == 0 {
                return Ok(Page { floor: stats.floor, entries: Vec::new() });
            }
            self.0
                .queue
                .ask_read(after.lower(), max)
                .await
                .unwrap_or_else(|| Err(ended_error(false)))
        })
    }

    fn tail(&self, after: Position) -> TailStream {
        follow(Arc::clone(&self.0.queue), self.0.kept.clone(), after)
    }

    fn close(&self) -> CloseFuture<'_> {
        Box::pin(Self::close(self))
    }
}

impl Handle {
    /// Appends at least one entry; returns where the last one is.
    async fn append(
        &self,
        topic: &TopicName,
        bodies: Vec<Bytes>,
    ) -> Result<Appended, BackendError> {
        let (mut appends, mut answers) = (Vec::new(), Vec::new());
        for body in bodies {
            let (reply, answer) = oneshot::channel();
            appends.push(Append { topic: topic.clone(), body, reply });
            answers.push(answer);
        }
        self.queue.append(appends)?;
        let mut last = Err(ended_error(false));
        for answer in answers {
            last = answer.await.unwrap_or_else(|_| Err(ended_error(true)));
        }
        Ok(Appended { epoch: self.epoch.clone(), position: last? })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn ended_error(may_be_stored: bool) -> BackendError {
    BackendError::new("the journal's thread has ended").may_be_stored(may_be_stored)
}
