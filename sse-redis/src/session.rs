//! The state that a backend's appends and tails share.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use redis::{Client, RedisError, aio::MultiplexedConnection};
use sse_hub::{BackendError, Epoch, Position, backend::Ended};
use tokio::sync::watch;

use crate::{
    batch::Batch,
    bounds::Bounds,
    ends::{self, Ends},
    entry::{Content, Entry},
    keys::Keys,
    link::Link,
    memory,
    retained::Retained,
    room::Room,
    signals::{Signals, is_signal},
    skipped::Skipped,
};

/// The state that a backend's appends and tails share.
pub(crate) struct Session {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) skipped: Skipped,
    pub(crate) room: Room,
    pub(crate) bounds: Bounds,
    pub(crate) deadline: Duration,
    /// Held by the append that looks for the current epoch.
    pub(crate) recovery: tokio::sync::Mutex<()>,
    /// The number of entries that a page asks for.
    pub(crate) batch: Mutex<Batch>,
    /// Notified when an append finds that the server may have changed.
    pub(crate) doubts: watch::Sender<()>,
    /// The epoch whose log appends go to.
    epoch: Mutex<Option<Epoch>>,
    retained: Mutex<Retained>,
    ends: Mutex<Ends>,
    signals: Mutex<Signals>,
    /// The bytes that were appended since a tail last read.
    unseen: AtomicU64,
}

impl Session {
    pub(crate) fn new(client: Client, keys: Keys, bounds: Bounds, deadline: Duration) -> Self {
        Self {
            link: Link::new(client),
            keys,
            skipped: Skipped::default(),
            room: Room::default(),
            bounds,
            deadline,
            recovery: tokio::sync::Mutex::default(),
            batch: Mutex::default(),
            doubts: watch::Sender::default(),
            epoch: Mutex::default(),
            retained: Mutex::new(Retained::new(bounds)),
            ends: Mutex::new(Ends::new(bounds)),
            signals: Mutex::default(),
            unseen: AtomicU64::new(0),
        }
    }

    /// Directs appends to the log of this epoch, and makes the tails look for it at once.
    pub(crate) fn adopt(&self, epoch: &Epoch) {
        let mut current = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref() != Some(epoch) {
            *current = Some(epoch.clone());
            drop(current);
            self.doubts.send_replace(());
        }
    }

    /// Makes the tails check whether the log still exists, unless the backend already uses another epoch.
    pub(crate) fn doubt(&self, epoch: &Epoch) {
        self.doubts.send_if_modified(|()| self.epoch().as_ref() == Some(epoch));
    }

    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn opened(&self) -> Result<Epoch, BackendError> {
        self.epoch().ok_or_else(|| self.link.fault("open the log first", false))
    }

    /// Counts entries that were read from the log of this epoch.
    pub(crate) fn saw(&self, epoch: &Epoch, entries: &[Entry]) {
        let mut retained = self.retained.lock().unwrap_or_else(PoisonError::into_inner);
        let mut signals = self.signals.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let is_signal =
                matches!(&entry.content, Content::Event { body, .. } if is_signal(body));
            signals.add(epoch, entry.position, is_signal, self.bounds.max_events);
            if !is_signal {
                retained.add(epoch, entry.position, memory::of_entry(entry.bytes));
            }
        }
    }

    /// Returns the number of entries that the log keeps: events, and the messages among them.
    pub(crate) fn max_entries(&self) -> u64 {
        let signals = self.signals.lock().unwrap_or_else(PoisonError::into_inner).count();
        self.bounds.max_events.saturating_add(signals).min(i64::MAX as u64)
    }

    /// Runs a closure on the known ends of topics, and updates the bytes that they take.
    pub(crate) fn with_ends<R>(&self, run: impl FnOnce(&mut Ends) -> R) -> R {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let result = run(&mut ends);
        let bytes = ends.bytes();
        drop(ends);
        self.retained.lock().unwrap_or_else(PoisonError::into_inner).reserve(bytes);
        result
    }

    /// Reads the ends of topics up to a position, whose entries are gone.
    pub(crate) async fn read_ends(
        &self,
        connection: &mut MultiplexedConnection,
        epoch: &Epoch,
        up_to: Position,
    ) -> Result<Vec<Ended>, RedisError> {
        let ended = ends::read(connection, &self.keys.ends(epoch), up_to).await?;
        self.with_ends(|ends| ends.add(epoch, &ended));
        Ok(ended)
    }

    /// Takes the position before which the log of this epoch has to be trimmed now.
    pub(crate) fn take_due(&self, epoch: &Epoch) -> Option<Position> {
        self.retained.lock().unwrap_or_else(PoisonError::into_inner).take_due(epoch)
    }

    /// Reports that a tail reads the log, and therefore trims it.
    pub(crate) fn is_followed(&self) {
        self.unseen.store(0, Relaxed);
    }

    /// Counts an event that is about to be appended; `content` is the length of its topic and body. Returns
    /// whether to ask for the log's size: if a whole step was appended, and no tail has read it.
    pub(crate) fn appends(&self, content: usize) -> bool {
        let (bytes, step) = (memory::of_entry(content), self.bounds.step_bytes());
        self.unseen.fetch_add(bytes, Relaxed) + bytes >= step
            && self.unseen.swap(0, Relaxed) >= step
    }
}
