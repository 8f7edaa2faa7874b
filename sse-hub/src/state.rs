//! All topics of a hub, and their subscribers.

mod awaited;
mod backend;
mod backlog;
mod begin;
mod cursor;
mod ends;
mod evict;
mod heads;
mod join;
mod merge;
mod principals;
mod read;
mod read_many;
#[cfg(feature = "inspector")]
mod sample;
mod sweep;
#[cfg(feature = "tickets")]
mod tickets;
mod topics;
mod watchers;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::RandomState,
    time::{Duration, Instant},
};

use smallvec::SmallVec;
use sse_core::EventId;

use self::{backend::Following, cursor::Pending};
pub(crate) use self::{
    cursor::{Cursor, Reader},
    join::{Join, Joined},
    sweep::Sweep,
    topics::{Full, TopicState},
};
#[cfg(feature = "tickets")]
use crate::tickets::Tickets;
use crate::{
    BackendError, Epoch, Gap, GapReason, Position,
    ends::Ends,
    log::{Bounds, Rules, Slice},
    pinned::Pinned,
    principals::Principals,
    shared::Waiters,
    table::Table,
    vanished::Vanished,
};

/// All topics of a hub. It is pure: it has no clock and no lock.
///
/// No call walks all topics, subscribers or events. [`work`](Self::work) does the rest later, a bounded number of steps
/// at a time.
#[derive(Debug)]
pub(crate) struct State {
    epoch: Epoch,
    /// The position of the newest event.
    head: Position,
    /// Events that this hub published; replayed events and other nodes' do not count.
    published: u64,
    gaps: HashMap<GapReason, u64>,
    /// The number of events in the logs.
    events: usize,
    /// The size of the encoded events.
    bytes: usize,
    /// The memory of the topics and their logs, in bytes.
    memory: usize,
    drained: bool,
    /// The position of the newest event that the backend has acknowledged to this hub.
    acknowledged: Position,
    /// Everything up to this position is lost, in every topic.
    lost: Position,
    /// The number of epochs before this one: a topic of an earlier epoch is reset when it is next looked at.
    epoch_number: u64,
    subscribers: usize,
    source: Source,
    /// The backend's error, if its last answer was one.
    backend_error: Option<BackendError>,
    /// The time of the first of its errors since its last answer.
    away_since: Option<Instant>,
    following: Following,
    /// The number of background futures, polled or not.
    futures: usize,
    rules: Rules,
    limits: StateLimits,
    topics: Table<TopicState>,
    /// The topics' keys by the hash of their name. Not a hash map, which copies everything when it grows.
    names: BTreeSet<(u64, usize)>,
    hasher: RandomState,
    /// The number of topics reserved by subscriptions that have not joined.
    reserved: usize,
    vanished: Vanished,
    ends: Ends,
    principals: Principals,
    #[cfg(feature = "tickets")]
    tickets: Tickets,
    /// Those that are yet to be dropped, without the lock.
    #[cfg(feature = "tickets")]
    forgotten_tickets: Vec<Tickets>,
    /// The slots of the tasks that wait for an entry to arrive, by its position.
    awaited: BTreeSet<(Position, usize)>,
    /// The topics that have events, by their `listed`.
    oldest: BTreeSet<(Position, usize)>,
    /// Those of them that are not in use, by their `evictable`.
    evictable: BTreeSet<(Position, usize)>,
    /// The topics that had events at the end of each earlier epoch.
    stale: Vec<BTreeSet<(Position, usize)>>,
    /// Whether the front of `oldest` may be too old, or lost.
    outdated: bool,
    /// The topics that exceed their own retention.
    untrimmed: Vec<usize>,
    /// The slots of the background futures, which wake large audiences.
    backgrounds: BTreeSet<usize>,
    /// The audiences that are left to them.
    sweeps: VecDeque<sweep::Walk>,
    /// The topics whose watchers have yet to be woken.
    unnotified: VecDeque<usize>,
    /// The slot from which on all are to be woken.
    everyone: Option<usize>,
    now: Instant,
}

/// Where a hub's events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From this process, at once.
    Here,
    /// From a backend that only this process appends to: no client knows of an event that was neither read from it nor
    /// acknowledged.
    Own,
    /// From a backend that other nodes append to as well: this node may lag behind it.
    Many,
}

/// The limits of a hub's state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateLimits {
    pub(crate) bytes: usize,
    pub(crate) topics: usize,
    /// How long the end of a topic is remembered.
    pub(crate) remember_ends: Duration,
}

/// Contiguous events are one slice.
pub(crate) type Slices = SmallVec<[Slice; 1]>;

/// What comes next for a subscriber.
#[derive(Debug)]
pub(crate) enum Next {
    /// Whole events, in order.
    Events(Slices),
    /// The same, of a backlog: the client resumes from the ID, which is that of the backlog's last event.
    Backlog(Slices, Option<EventId>),
    Gap(Gap),
    /// The hub has drained, or all topics have ended.
    End,
}

impl State {
    pub(crate) fn new(
        epoch: Epoch,
        bounds: Bounds,
        limits: StateLimits,
        source: Source,
        now: Instant,
    ) -> Self {
        // They take at most a sixteenth of the hub's bytes.
        let vanished = (limits.bytes / 16 / Vanished::ONE).min(4_096);
        Self {
            epoch,
            head: Position::START,
            published: 0,
            gaps: HashMap::new(),
            events: 0,
            bytes: 0,
            memory: 0,
            drained: false,
            acknowledged: Position::START,
            lost: Position::START,
            epoch_number: 0,
            subscribers: 0,
            source,
            backend_error: None,
            away_since: None,
            following: if source == Source::Here {
                Following::Needless
            } else {
                Following::Awaited(now)
            },
            futures: 0,
            rules: Rules { bounds, pinned: Pinned::default() },
            limits,
            topics: Table::default(),
            names: BTreeSet::new(),
            hasher: RandomState::new(),
            reserved: 0,
            vanished: Vanished::new(vanished),
            ends: Ends::default(),
            principals: Principals::default(),
            #[cfg(feature = "tickets")]
            tickets: Tickets::default(),
            #[cfg(feature = "tickets")]
            forgotten_tickets: Vec::new(),
            awaited: BTreeSet::new(),
            oldest: BTreeSet::new(),
            evictable: BTreeSet::new(),
            stale: Vec::new(),
            outdated: false,
            untrimmed: Vec::new(),
            backgrounds: BTreeSet::new(),
            sweeps: VecDeque::new(),
            unnotified: VecDeque::new(),
            everyone: None,
            now,
        }
    }

    /// Appends an event, which `write` encodes, and wakes the topic's subscribers. Its age counts from
    /// `now`: the last tick may have been long before.
    #[inline]
    fn append(
        &mut self,
        topic: usize,
        position: Position,
        now: Instant,
        waiters: &mut Waiters,
        event: Encoded<impl FnOnce(&mut Vec<u8>)>,
    ) {
        let now = self.now.max(now);
        self.now = now;
        let more = self.with_log(topic, &mut waiters.work, |log, rules, work| {
            match event {
                Encoded::Now(write) => log.append(position, now, rules, work, write),
                Encoded::Before(bytes) => log.append_encoded(position, now, rules, work, bytes),
            }
            log.trim(now, rules, work)
        });
        if more {
            self.untrimmed.push(topic);
        }
        let listed = &mut self.topics[topic].listed;
        if listed.is_none() {
            self.oldest.insert((*listed.insert(position), topic));
            self.relist(topic, &mut waiters.work);
        }
        let complete = self.is_complete();
        self.head = position;
        self.wake_members(topic, waiters);
        self.wake_if_complete(complete);
    }

    /// Continues work that calls have left, while steps are left; returns whether there is more.
    pub(crate) fn work(&mut self, waiters: &mut Waiters) -> bool {
        #[cfg(feature = "tickets")]
        self.drop_tickets(&mut waiters.work);
        self.evict(waiters) || self.wake_some(waiters)
    }

    /// Refuses new events from now on, and ends each subscription once it has delivered the published events.
    pub(crate) fn drain(&mut self, now: Instant) {
        self.drained = true;
        if let Err(error) = self.check_followed(now) {
            // Acknowledged events cannot arrive.
            self.note_backend(Some(error.into()), now);
        }
        self.wake_everyone();
    }

    #[inline]
    pub(crate) fn is_drained(&self) -> bool {
        self.drained
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Returns the newest event's position.
    pub(crate) fn head(&self) -> Position {
        self.head
    }

    /// Returns the position of the next event of a log of its own, and the event's ID.
    #[inline]
    pub(crate) fn next_id(&self) -> (Position, EventId) {
        let next = self.head.next();
        (next, self.epoch.id(next))
    }

    /// Appends an event that this hub publishes to a log of its own.
    #[inline]
    pub(crate) fn publish(
        &mut self,
        topic: usize,
        position: Position,
        now: Instant,
        waiters: &mut Waiters,
        event: Encoded<impl FnOnce(&mut Vec<u8>)>,
    ) {
        self.append(topic, position, now, waiters, event);
        self.published += 1;
    }

    pub(crate) fn subscribers(&self) -> usize {
        self.subscribers
    }

    pub(crate) fn published(&self) -> u64 {
        self.published
    }

    pub(crate) fn gaps(&self) -> &HashMap<GapReason, u64> {
        &self.gaps
    }

    /// Returns the number of events that are kept, or lost and not yet released.
    pub(crate) fn events(&self) -> usize {
        self.events
    }

    /// Whether an event that the backend has acknowledged to this hub has not arrived.
    #[cfg(feature = "metrics")]
    pub(crate) fn awaits_own(&self) -> bool {
        self.head < self.acknowledged
    }

    /// Returns the size of the encoded events.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn backend_error(&self) -> Option<&BackendError> {
        self.backend_error.as_ref()
    }

    /// Returns the bytes of everything that the limit bounds: events, indices, topics, remembered ends, the
    /// principals of subscriptions, and tickets.
    pub(crate) fn memory(&self) -> usize {
        let memory = self.memory + self.vanished.memory() + self.ends.memory();
        let memory = memory + self.principals.memory();
        #[cfg(feature = "tickets")]
        let memory = memory + self.tickets.memory();
        memory
    }

    pub(crate) fn pinned(&self) -> usize {
        self.rules.pinned.bytes()
    }

    fn count(&mut self, gap: Gap) -> Gap {
        *self.gaps.entry(gap.reason).or_default() += 1;
        gap
    }
}

/// How an event is encoded.
pub(crate) enum Encoded<W> {
    /// It is encoded now.
    Now(W),
    /// It is large, and was encoded before the lock was taken.
    Before(Vec<u8>),
}

#[cfg(all(test, not(loom)))]
mod hold_tests;
#[cfg(all(test, not(loom)))]
mod tests;
