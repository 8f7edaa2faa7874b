//! Settings of a journal.

use std::{
    fmt,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use sse_hub::Retention;
use tokio::sync::{oneshot, watch};

use crate::{
    Durability, Journal, OpenError, bounds::Bounds, fault::Fault, file::JournalFile,
    journal::Handle, kept::Kept, queue::Queue, settings::Settings, store::Store, writer::Writer,
};

/// Sets durability of a [`Journal`], and how much is kept.
///
/// The bounds hold for the log as a whole, whichever topics its events belong to; whichever is reached
/// first counts. What is over them goes in the same commit that brings the next event, so a
/// journal that nobody publishes to keeps what it has.
#[derive(Clone)]
#[must_use = "a builder does nothing until it opens a journal"]
pub struct JournalBuilder {
    settings: Settings,
    max_waiting_bytes: usize,
}

impl Journal {
    /// Opens a journal with the default settings; creates the file if it does not exist.
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
}

impl JournalBuilder {
    /// Sets what an acknowledged event survives. Default: [`Durability::Disk`], the slower and safer.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.settings.durability = durability;
        self
    }

    /// Sets how much the log keeps, of all topics together. Default: 100,000 events, 256 MiB of them, whatever their
    /// age. More covers longer outages; opening the journal reads all of it.
    ///
    /// - Bytes are those of events, with their topics and 13 bytes each; the newest event stays, whatever its
    ///   size. The file takes more: 1.2 times as much for small events, and room for two commits.
    /// - Age is in whole ms, by the system's clock: one that was set back lets events stay longer, one that was
    ///   set ahead evicts them early.
    ///
    /// The hub's own [`HubBuilder::retention`](sse_hub::HubBuilder::retention) says how much of each topic it keeps in
    /// memory.
    pub fn retention(mut self, retention: Retention) -> Self {
        let Bounds { remember_ends, .. } = self.settings.bounds;
        self.settings.bounds = Bounds { remember_ends, ..retention.into() };
        self
    }

    /// Sets how long it is remembered that a topic [has ended](sse_hub::Hub::end), after which it may begin again.
    /// Default: an hour, longer than clients take to reconnect. Give the hub the
    /// [same](sse_hub::HubBuilder::remember_ends).
    ///
    /// By the system's clock, and from one commit to the next. Each end takes 20 bytes and its topic's name of the
    /// log's [bytes](Self::retention). Together they take at most a quarter; the oldest are forgotten first.
    pub fn remember_ends(mut self, time: Duration) -> Self {
        self.settings.bounds.remember_ends = time;
        self
    }

    /// Sets how many bytes of events may wait for the disk; what comes on top is refused, with an error
    /// that says so. Default: 16 MiB. More takes longer bursts, and memory.
    pub fn max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.max_waiting_bytes = bytes;
        self
    }

    /// Sets the clock by which events age, for tests. Default: [`SystemTime::now`].
    #[doc(hidden)]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Opens the journal, on a thread of its own; begins it if there is no file.
    ///
    /// All of the file is read and checked first, and unless it is whole it stays as it is.
    ///
    /// # Errors
    /// [`OpenError`].
    ///
    /// # Cancel safety
    /// A dropped call leaves no journal open, but may have begun the file.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<Journal, OpenError> {
        let path = path.as_ref().to_owned();
        let (opened, result) = oneshot::channel();
        let at = path.clone();
        let spawned = thread::Builder::new().name("sse-redb".to_owned()).spawn(move || {
            // Dropped last, once the file is released.
            let (end, ended) = watch::channel(());
            match self.start(&at, ended) {
                Ok((handle, writer)) => {
                    // Nobody waits: the handle goes, and with it the journal.
                    let _ = opened.send(Ok(handle));
                    writer.run();
                }
                Err(error) => drop(opened.send(Err(error))),
            }
            drop(end);
        });
        spawned.map_err(|error| OpenError::new(&path, Fault::Io(error)))?;
        let handle = result.await.unwrap_or_else(|_| {
            Err(OpenError::new(
                &path,
                Fault::Damaged("the thread that read it panicked".to_owned()),
            ))
        });
        handle.map(Journal::new)
    }

    fn start(self, path: &Path, ended: watch::Receiver<()>) -> Result<(Handle, Writer), OpenError> {
        self.start_on(JournalFile::open(path, Store::begin)?, ended)
    }

    pub(crate) fn start_on(
        self,
        file: JournalFile,
        ended: watch::Receiver<()>,
    ) -> Result<(Handle, Writer), OpenError> {
        let Self { settings, max_waiting_bytes } = self;
        let store = Store::open(&file, settings.durability, settings.bounds, &settings.boot)
            .map_err(|fault| OpenError::new(&file.path, fault))?;
        let queue = Arc::new(Queue::new(max_waiting_bytes));
        let mut shown = Kept::default();
        shown.commit(store.state(), file.len().unwrap_or_default(), Vec::new());
        let (sender, kept) = watch::channel(shown);
        let epoch = store.epoch().clone();
        let handle = Handle { queue: Arc::clone(&queue), kept, epoch, ended };
        Ok((handle, Writer::new(queue, sender, file, store, settings)))
    }
}

impl Default for JournalBuilder {
    fn default() -> Self {
        Self { settings: Settings::default(), max_waiting_bytes: 16 << 20 }
    }
}

impl fmt::Debug for JournalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalBuilder")
            .field("durability", &self.settings.durability)
            .field("bounds", &self.settings.bounds)
            .field("max_waiting_bytes", &self.max_waiting_bytes)
            .finish_non_exhaustive()
    }
}
