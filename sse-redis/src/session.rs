//! What the appends and the tails of a backend share.

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
    entry::Entry,
    keys::Keys,
    link::Link,
    memory,
    retained::Retained,
    room::Room,
    skipped::Skipped,
};

/// What the appends and the tails of a backend share.
pub(crate) struct Session {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) skipped: Skipped,
    pub(crate) room: Room,
    pub(crate) bounds: Bounds,
    pub(crate) deadline: Duration,
    /// Held by the append that looks for the current epoch.
    pub(crate) recovery: tokio::sync::Mutex<()>,
    /// How many entries a page asks for.
    pub(crate) batch: Mutex<Batch>,
    /// An append has met a server that is not what it was.
    pub(crate) doubts: watch::Sender<()>,
    /// Appends go to the log of this epoch.
    epoch: Mutex<Option<Epoch>>,
    retained: Mutex<Retained>,
    ends: Mutex<Ends>,
    /// How many bytes were appended since a tail has last read something.
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
            unseen: AtomicU64::new(0),
        }
    }

    /// Has appends go to the log of this epoch, and the tails look for it at once.
    pub(crate) fn adopt(&self, epoch: &Epoch) {
        let mut current = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref() != Some(epoch) {
            *current = Some(epoch.clone());
            drop(current);
            self.doubts.send_replace(());
        }
    }

    /// Has the tails look whether the log is still there; not for an append that was late.
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
        for entry in entries {
            retained.add(epoch, entry.position, memory::of_entry(entry.bytes));
        }
    }

    /// Does something with the ends of topics that were read.
    pub(crate) fn with_ends<R>(&self, run: impl FnOnce(&mut Ends) -> R) -> R {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let result = run(&mut ends);
        let bytes = ends.bytes();
        drop(ends);
        self.retained.lock().unwrap_or_else(PoisonError::into_inner).reserve(bytes);
        result
    }

    /// Reads the ends of topics whose entries are gone: those up to a position.
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

    /// Takes the position before which the log of this epoch is to be trimmed now.
    pub(crate) fn take_due(&self, epoch: &Epoch) -> Option<Position> {
        self.retained.lock().unwrap_or_else(PoisonError::into_inner).take_due(epoch)
    }

    /// Reports that a tail reads the log, and so trims it.
    pub(crate) fn is_followed(&self) {
        self.unseen.store(0, Relaxed);
    }

    /// Counts an event that is about to be appended; `content` is the length of its topic and body.
    /// Returns whether to ask how large the log is: a step of it was appended, and no tail read it.
    pub(crate) fn appends(&self, content: usize) -> bool {
        let (bytes, step) = (memory::of_entry(content), self.bounds.step_bytes());
        self.unseen.fetch_add(bytes, Relaxed) + bytes >= step
            && self.unseen.swap(0, Relaxed) >= step
    }
}
