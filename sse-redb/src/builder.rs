//! Builds a journal from settings.

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

/// Sets the durability of a [`Journal`], and how much it keeps.
///
/// The bounds apply to the whole log, whatever the topics. The oldest events are evicted once any bound is
/// reached, in the commit that stores the next event; a journal without publishes therefore keeps what it has.
///
/// # Example
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events.redb");
/// use std::time::Duration;
///
/// use sse_hub::Retention;
/// use sse_redb::{Durability, Journal};
///
/// let day = Retention::default().events(1_000_000).age(Duration::from_secs(24 * 60 * 60));
/// let journal = Journal::builder().durability(Durability::Process).retention(day).open(path).await?;
/// # journal.close().await;
/// # Ok(()) }
/// ```
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
    ///
    /// # Cancel safety
    /// A dropped call leaves no journal open, but may have created the file.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use sse_hub::Hub;
    /// use sse_redb::Journal;
    ///
    /// let hub = Hub::builder().open(Journal::open(path).await?).await?;
    /// tokio::spawn(hub.background());
    /// # Ok(()) }
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder().open(path).await
    }

    /// Returns a builder, which sets the durability and how much is kept.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Retention;
    /// use sse_redb::Journal;
    ///
    /// let builder = Journal::builder().retention(Retention::default().events(10_000));
    /// # drop(builder);
    /// ```
    pub fn builder() -> JournalBuilder {
        JournalBuilder::default()
    }
}

impl JournalBuilder {
    /// Sets what an acknowledged event survives. Default: [`Durability::Disk`], which is safer and slower.
    ///
    /// # Example
    /// ```
    /// use sse_redb::{Durability, Journal};
    ///
    /// let fast = Journal::builder().durability(Durability::Process);
    /// # drop(fast);
    /// ```
    pub fn durability(mut self, durability: Durability) -> Self {
        self.settings.durability = durability;
        self
    }

    /// Sets how much the log keeps, over all topics. Default: 100,000 events and 256 MiB, without a limit on
    /// age. More covers longer outages, but opening the journal reads all of it.
    ///
    /// - Bytes are those of the events and their topics, and 13 bytes for each event. The newest event stays,
    ///   whatever its size. The file is larger: about 1.2 times as large for small events, and room for two
    ///   commits.
    /// - Age is in whole ms by the system's clock. If the clock is set back, events stay longer; if it is set
    ///   ahead, they are evicted early.
    ///
    /// How much of each topic the hub keeps in memory is set by
    /// [`HubBuilder::retention`](sse_hub::HubBuilder::retention).
    ///
    /// # Example
    /// ```
    /// use sse_hub::Retention;
    /// use sse_redb::Journal;
    ///
    /// let gigabyte = Retention::default().events(5_000_000).bytes(1 << 30);
    /// let builder = Journal::builder().retention(gigabyte);
    /// # drop(builder);
    /// ```
    pub fn retention(mut self, retention: Retention) -> Self {
        let Bounds { remember_ends, .. } = self.settings.bounds;
        self.settings.bounds = Bounds { remember_ends, ..retention.into() };
        self
    }

    /// Sets how long the journal remembers that a topic [has ended](sse_hub::Hub::end); then the topic may begin
    /// again. Default: an hour, which is longer than clients take to reconnect. Give the hub the
    /// [same time](sse_hub::HubBuilder::remember_ends).
    ///
    /// The time is measured by the system's clock, and ends are forgotten at the next commit. Each end counts
    /// its topic's name and 20 bytes towards the log's [bytes](Self::retention). All ends together take at most
    /// a quarter of them; the oldest are forgotten first.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use std::time::Duration;
    ///
    /// use sse_hub::Hub;
    /// use sse_redb::Journal;
    ///
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// let journal = Journal::builder().remember_ends(day).open(path).await?;
    /// let hub = Hub::builder().remember_ends(day).open(journal).await?;
    /// # drop(hub);
    /// # Ok(()) }
    /// ```
    pub fn remember_ends(mut self, time: Duration) -> Self {
        self.settings.bounds.remember_ends = time;
        self
    }

    /// Sets how many bytes of events may wait for the disk. While that many wait, further publishes fail.
    /// Default: 16 MiB. A higher limit absorbs longer bursts, and takes more memory.
    ///
    /// # Example
    /// ```
    /// use sse_redb::Journal;
    ///
    /// let bursty = Journal::builder().max_waiting_bytes(256 << 20);
    /// # drop(bursty);
    /// ```
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

    /// Opens the journal on its own thread, and creates the file if it does not exist.
    ///
    /// The whole file is read and checked first. A damaged file is not changed.
    ///
    /// # Errors
    /// [`OpenError`] if the file cannot be read or written, is in use, is damaged, or is not a journal.
    ///
    /// # Cancel safety
    /// A dropped call leaves no journal open, but may have created the file.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use sse_redb::{Journal, OpenError};
    ///
    /// let journal = Journal::builder().open(&path).await?;
    /// let second = Journal::builder().open(&path).await;
    /// assert!(matches!(second, Err(OpenError::InUse { .. })));
    /// # journal.close().await;
    /// # Ok(()) }
    /// ```
    pub async fn open(self, path: impl AsRef<Path>) -> Result<Journal, OpenError> {
        let path = path.as_ref().to_owned();
        let (opened, result) = oneshot::channel();
        let at = path.clone();
        let spawned = thread::Builder::new().name("sse-redb".to_owned()).spawn(move || {
            // Dropped after the writer, which releases the file.
            let (end, ended) = watch::channel(());
            match self.start(&at, ended) {
                Ok((handle, writer)) => {
                    // If the caller is gone, the handle is dropped, and the journal closes.
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
                Fault::Damaged("the thread that was reading it panicked".to_owned()),
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
