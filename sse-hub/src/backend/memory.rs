//! A backend in memory.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;

use super::{
    Appended, Backend, BackendFuture, CloseFuture, Entry, LogEvent, Opened, Page, TailStream,
};
use crate::{
    Epoch, Position, TopicName,
    shared::{Found, Shared, Slot, Waiters},
};

/// A backend in memory: several hubs of one process on one log, and an example of the contract.
///
/// A single hub needs no backend.
#[derive(Clone, Debug)]
pub struct MemoryBackend(Arc<Shared<Entries>>);

#[derive(Debug)]
struct Entries {
    epoch: Epoch,
    floor: Position,
    head: Position,
    entries: VecDeque<Entry>,
    max: usize,
    /// The slots of the tails.
    tails: Vec<usize>,
}

impl MemoryBackend {
    /// Makes a log that keeps the newest entries, at most this number.
    pub fn new(max_entries: usize) -> Self {
        Self(Arc::new(Shared::new(Entries {
            epoch: Epoch::random(),
            floor: Position::START,
            head: Position::START,
            entries: VecDeque::new(),
            max: max_entries,
            tails: Vec::new(),
        })))
    }

    /// Loses everything, like a server that restarts without its data.
    #[cfg(any(test, feature = "test-util"))]
    pub fn lose_everything(&self) {
        self.0.change(|log, waiters| {
            log.epoch = Epoch::random();
            log.floor = Position::START;
            log.head = Position::START;
            log.entries.clear();
            log.wake(waiters);
        });
    }
}

impl Entries {
    fn wake(&self, waiters: &mut Waiters) {
        self.tails.iter().for_each(|slot| waiters.wake(*slot));
    }

    fn after(&self, position: Position) -> usize {
        self.entries.partition_point(|entry| entry.position <= position)
    }
}

impl Backend for MemoryBackend {
    fn open(&self) -> BackendFuture<'_, Opened> {
        let opened = self.0.change(|log, _| Opened {
            epoch: log.epoch.clone(),
            floor: log.floor,
            shared: true,
        });
        Box::pin(async move { Ok(opened) })
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let appended = self.0.change(|log, waiters| {
                log.head = log.head.next();
                let (position, topic) = (log.head, topic.clone());
                log.entries.push_back(Entry { position, topic, body });
                while log.entries.len() > log.max {
                    log.floor = log.entries.pop_front().map_or(log.floor, |entry| entry.position);
                }
                log.wake(waiters);
                Appended { epoch: log.epoch.clone(), position }
            });
            Ok(appended)
        })
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        let page = self.0.change(|log, _| {
            let start = log.after(after);
            let entries = log.entries.iter().skip(start).take(max).cloned().collect();
            Page { floor: log.floor, entries }
        });
        Box::pin(async move { Ok(page) })
    }

    fn tail(&self, after: Position) -> TailStream {
        let (slot, epoch) = self.0.change(|log, waiters| {
            let slot = waiters.open();
            log.tails.push(slot.key());
            (slot, log.epoch.clone())
        });
        Box::pin(MemoryTail { log: Arc::clone(&self.0), slot, epoch, position: after })
    }

    /// Has nothing to release: other hubs may use the log.
    fn close(&self) -> CloseFuture<'_> {
        Box::pin(async {})
    }
}

struct MemoryTail {
    log: Arc<Shared<Entries>>,
    slot: Slot,
    epoch: Epoch,
    position: Position,
}

impl Stream for MemoryTail {
    type Item = Result<LogEvent, super::BackendError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let (epoch, position) = (&mut this.epoch, &mut this.position);
        let next = this.log.poll(&mut this.slot, cx.waker(), |log, _| {
            if *epoch != log.epoch {
                *epoch = log.epoch.clone();
                *position = Position::START;
                return Found::More(LogEvent::NewEpoch(log.epoch.clone()));
            }
            if *position < log.floor {
                *position = log.floor;
                return Found::More(LogEvent::Gap(log.floor));
            }
            let Some(entry) = log.entries.get(log.after(*position)) else { return Found::Nothing };
            *position = entry.position;
            Found::More(LogEvent::Entry(entry.clone()))
        });
        next.map(|tail| Some(Ok(tail)))
    }
}

impl Drop for MemoryTail {
    fn drop(&mut self) {
        let Self { log, slot, .. } = self;
        log.change(|log, waiters| {
            log.tails.retain(|tail| *tail != slot.key());
            waiters.close(slot);
        });
    }
}
