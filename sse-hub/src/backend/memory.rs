//! A backend in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_core::Stream;

use super::{
    Appended, Backend, BackendError, BackendFuture, CloseFuture, Control, Ended, Entry, LogEvent,
    Noted, Opened, Page, TailStream,
};
use crate::{
    Epoch, Position, TopicName,
    limits::REMEMBER_ENDS,
    shared::{Found, Shared, Slot, Waiters},
};

/// A backend in memory, with which several hubs of one process share one log. A single hub needs no backend.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_hub::{Hub, MemoryBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryBackend::new(1_000);
/// let (one, two) = (Hub::builder().open(log.clone()).await?, Hub::builder().open(log).await?);
/// tokio::spawn(one.background());
/// tokio::spawn(two.background());
/// let orders = two.subscribe("orders")?;
/// one.publish("orders", Event::data("paid")).await?; // reaches the subscriber of `two`
/// # drop(orders);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryBackend(Arc<Shared<Entries>>);

#[derive(Debug)]
struct Entries {
    epoch: Epoch,
    floor: Position,
    head: Position,
    entries: VecDeque<Entry>,
    max: usize,
    /// The number of entries that are signals.
    signals: usize,
    notes: BTreeMap<TopicName, Noted>,
    ended: BTreeMap<TopicName, (Position, Instant)>,
    remember_ends: Duration,
    /// The slots of the tails.
    tails: Vec<usize>,
}

impl MemoryBackend {
    /// Returns an empty log that keeps the newest entries, at most this number.
    ///
    /// # Example
    /// ```
    /// let log = sse_hub::MemoryBackend::new(100_000);
    /// # drop(log);
    /// ```
    pub fn new(max_entries: usize) -> Self {
        Self(Arc::new(Shared::new(Entries {
            epoch: Epoch::random(),
            floor: Position::START,
            head: Position::START,
            entries: VecDeque::new(),
            max: max_entries,
            signals: 0,
            notes: BTreeMap::new(),
            ended: BTreeMap::new(),
            remember_ends: REMEMBER_ENDS,
            tails: Vec::new(),
        })))
    }

    /// Sets how long the log remembers that a topic has ended; then the topic may begin again. Default: an hour.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// let log = sse_hub::MemoryBackend::new(100_000).remember_ends(day);
    /// # drop(log);
    /// ```
    #[must_use]
    pub fn remember_ends(self, time: Duration) -> Self {
        self.0.change(|log, _| log.remember_ends = time);
        self
    }

    /// Loses everything, like a server that restarts without its data.
    ///
    /// # Example
    /// ```
    /// use sse_hub::{Backend, MemoryBackend};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let log = MemoryBackend::new(1_000);
    /// let before = log.open().await?.epoch;
    /// log.lose_everything();
    /// assert_ne!(log.open().await?.epoch, before);
    /// # Ok(()) }
    /// ```
    #[cfg(any(test, feature = "test-util"))]
    pub fn lose_everything(&self) {
        self.0.change(|log, waiters| {
            log.epoch = Epoch::random();
            log.floor = Position::START;
            log.head = Position::START;
            log.entries.clear();
            log.signals = 0;
            log.notes.clear();
            log.ended.clear();
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

    fn append(&mut self, topic: &TopicName, body: Bytes) -> Result<Appended, BackendError> {
        let (now, remember) = (Instant::now(), self.remember_ends);
        let notes = &mut self.notes;
        self.ended.retain(|topic, (_, at)| {
            let remembered = now.saturating_duration_since(*at) < remember;
            if !remembered {
                notes.remove(topic);
            }
            remembered
        });
        if self.ended.contains_key(topic) {
            return Err(BackendError::topic_ended());
        }
        self.head = self.head.next();
        let position = self.head;
        match Control::decode(&body) {
            Some(Control::End { last }) => {
                self.ended.insert(topic.clone(), (position, now));
                let end = |noted: &mut Noted| noted.last = Some(last.unwrap_or_default());
                self.notes.get_mut(topic).map(end);
            }
            Some(Control::Note { note }) => {
                let noted = Noted { topic: topic.clone(), position, note, last: None };
                self.notes.insert(topic.clone(), noted);
            }
            _ => {}
        }
        self.signals += usize::from(is_signal(&body));
        self.entries.push_back(Entry { position, topic: topic.clone(), body });
        while (self.entries.len() - self.signals).max(self.signals) > self.max
            && let Some(oldest) = self.entries.pop_front()
        {
            self.floor = oldest.position;
            self.signals -= usize::from(is_signal(&oldest.body));
        }
        Ok(Appended { epoch: self.epoch.clone(), position })
    }

    /// The topics that ended at or before the floor.
    fn ended(&self) -> Vec<Ended> {
        let ended = self.ended.iter().filter(|(_, (position, _))| *position <= self.floor);
        let ended = ended.map(|(topic, (at, _))| Ended { topic: topic.clone(), position: *at });
        ended.collect()
    }
}

fn is_signal(body: &Bytes) -> bool {
    matches!(Control::decode(body), Some(Control::Signal { .. }))
}

impl Backend for MemoryBackend {
    fn open(&self) -> BackendFuture<'_, Opened> {
        let opened = self.0.change(|log, _| Opened {
            epoch: log.epoch.clone(),
            floor: log.floor,
            shared: true,
            ended: log.ended(),
        });
        Box::pin(async move { Ok(opened) })
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            self.0.change(|log, waiters| {
                let appended = log.append(topic, body)?;
                log.wake(waiters);
                Ok(appended)
            })
        })
    }

    fn append_all<'a>(
        &'a self,
        topic: &'a TopicName,
        bodies: Vec<Bytes>,
    ) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            self.0.change(|log, waiters| {
                let appended = bodies.into_iter().map(|body| log.append(topic, body));
                // An end cannot come between them, so that either all or none are stored.
                let last = appended.reduce(|_, appended| appended).expect("at least one entry");
                log.wake(waiters);
                last
            })
        })
    }

    fn notes(&self) -> BackendFuture<'_, Vec<Noted>> {
        let mut notes: Vec<_> = self.0.change(|log, _| log.notes.values().cloned().collect());
        notes.sort_by_key(|noted| noted.position);
        Box::pin(async { Ok(notes) })
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
    type Item = Result<LogEvent, BackendError>;

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
                return Found::More(LogEvent::Gap { floor: log.floor, ended: log.ended() });
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
