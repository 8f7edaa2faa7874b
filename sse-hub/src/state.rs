//! All topics of a hub, and who subscribes to them.

mod backend;
mod read;
mod sweep;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, VecDeque},
    time::Instant,
};

use bytes::Bytes;
use slab::Slab;
use smallvec::SmallVec;

pub(crate) use self::sweep::Swept;
use crate::{
    BackendError, Epoch, Gap, GapReason, Position, Retention, Start, TopicName,
    log::Log,
    shared::{Slot, Waiters},
};

/// All topics of a hub. Pure: no clock, no lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) epoch: Epoch,
    /// Of the newest event.
    pub(crate) head: Position,
    /// Events that this hub published; replayed events and other nodes' do not count.
    pub(crate) published: u64,
    pub(crate) gaps: HashMap<GapReason, u64>,
    pub(crate) bytes: usize,
    pub(crate) drained: bool,
    /// Of the newest event that the backend has acknowledged to this hub.
    acknowledged: Position,
    /// Everything up to here is lost, in every topic.
    lost: Position,
    pub(crate) subscribers: usize,
    /// The log is a backend's, which this node may be behind of.
    pub(crate) follows: bool,
    /// What the backend said last, if that was an error.
    pub(crate) backend_error: Option<BackendError>,
    retention: Retention,
    max_bytes: usize,
    topics: Slab<Topic>,
    names: HashMap<TopicName, usize>,
    /// The highest floor of the topics that have vanished, and so of those that have never been.
    vanished: Position,
    /// The topics that have events, by their `listed`.
    oldest: BTreeSet<(Position, usize)>,
    /// The slots of those who wake in the publishers' place.
    pumps: Slab<usize>,
    /// What is left to them.
    sweeps: VecDeque<sweep::Sweep>,
    now: Instant,
}

#[derive(Debug)]
pub(crate) struct Topic {
    name: TopicName,
    pub(crate) log: Log,
    /// The slots of the subscribers. A tree, whose size follows their number: a slab would keep the size of
    /// the largest crowd, and each publish would walk it.
    members: BTreeSet<usize>,
    /// The slots of those who watch the number of subscribers.
    watchers: Slab<usize>,
    /// How many handles keep the topic.
    handles: usize,
    /// A sweep of all members is left to the pumps and has not begun.
    swept: bool,
    /// Where the oldest event stands, or has stood: it is only looked up when the hub is full.
    listed: Option<Position>,
}

/// Where a subscriber is.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The topics' keys, each with the subscriber's slot.
    topics: SmallVec<[(usize, usize); 1]>,
    /// What comes next depends on this alone, so a client that comes back with it as its last event
    /// ID gets the same.
    pub(crate) position: Position,
    pub(crate) epoch: Epoch,
}

/// What a subscriber does when it cannot have all events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterGap {
    Oldest,
    Live,
    Snapshot,
    Close,
}

/// What is side by side in the log is one.
pub(crate) type Slices = SmallVec<[Bytes; 1]>;

/// What comes next for a subscriber.
#[derive(Debug)]
pub(crate) enum Next {
    /// Whole events, in order.
    Events(Slices),
    Gap(Gap),
    /// The hub has drained.
    End,
}

impl State {
    pub(crate) fn new(epoch: Epoch, retention: Retention, max_bytes: usize, now: Instant) -> Self {
        Self {
            epoch,
            head: Position::START,
            published: 0,
            gaps: HashMap::new(),
            bytes: 0,
            drained: false,
            acknowledged: Position::START,
            lost: Position::START,
            subscribers: 0,
            follows: false,
            backend_error: None,
            retention,
            max_bytes,
            topics: Slab::new(),
            names: HashMap::new(),
            vanished: Position::START,
            oldest: BTreeSet::new(),
            pumps: Slab::new(),
            sweeps: VecDeque::new(),
            now,
        }
    }

    /// Appends an event, which `write` encodes, and wakes the topic's subscribers. Its age counts from
    /// `now`: the last tick may have been long before.
    pub(crate) fn append(
        &mut self,
        topic: usize,
        position: Position,
        now: Instant,
        waiters: &mut Waiters,
        write: impl FnOnce(&Epoch, &mut Vec<u8>),
    ) {
        self.now = self.now.max(now);
        let epoch = &self.epoch;
        let Topic { log, listed, .. } = &mut self.topics[topic];
        let before = log.bytes();
        log.append(position, self.now, &self.retention, |out| write(epoch, out));
        log.trim(self.now, &self.retention);
        self.bytes = self.bytes + log.bytes() - before;
        if listed.is_none() {
            self.oldest.insert((*listed.insert(position), topic));
        }
        let complete = self.is_complete();
        self.head = position;
        self.wake_members(topic, waiters);
        self.wake_if_complete(complete, waiters);
        self.keep_to_max_bytes();
    }

    fn keep_to_max_bytes(&mut self) {
        while self.bytes > self.max_bytes
            && let Some((listed, key)) = self.oldest.pop_first()
        {
            let topic = &mut self.topics[key];
            if topic.log.oldest() == Some(listed) {
                self.bytes -= topic.log.trim_oldest(&self.retention);
            }
            topic.listed = topic.log.oldest();
            if let Some(oldest) = topic.listed {
                self.oldest.insert((oldest, key));
            }
            self.remove_if_idle(key);
        }
    }

    /// Lets go of what is too old, and of topics that nobody needs.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let keys: Vec<_> = self.topics.iter().map(|(key, _)| key).collect();
        for key in keys {
            let topic = &mut self.topics[key];
            self.bytes -= topic.log.trim(self.now, &self.retention);
            if topic.log.events() == 0
                && let Some(listed) = topic.listed.take()
            {
                self.oldest.remove(&(listed, key));
            }
            self.remove_if_idle(key);
        }
    }

    /// Returns the topic's key; a topic that is not there begins.
    pub(crate) fn topic(&mut self, name: &TopicName) -> usize {
        if let Some(key) = self.names.get(name) {
            return *key;
        }
        let key = self.topics.insert(Topic {
            name: name.clone(),
            log: Log::new(self.vanished),
            members: BTreeSet::new(),
            watchers: Slab::new(),
            handles: 0,
            swept: false,
            listed: None,
        });
        self.names.insert(name.clone(), key);
        key
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Topic> {
        Some(&self.topics[*self.names.get(name)?])
    }

    pub(crate) fn topics(&self) -> usize {
        self.topics.len()
    }

    pub(crate) fn hold(&mut self, topic: usize) {
        self.topics[topic].handles += 1;
    }

    pub(crate) fn release(&mut self, topic: usize) {
        self.topics[topic].handles -= 1;
        self.remove_if_idle(topic);
    }

    /// A topic that has no events and that nobody needs leaves its floor to the hub.
    fn remove_if_idle(&mut self, key: usize) {
        let Some(topic) = self.topics.get(key) else { return };
        let needed = topic.handles > 0 || !topic.members.is_empty() || !topic.watchers.is_empty();
        if !needed && topic.log.events() == 0 {
            self.vanished = self.vanished.max(topic.log.floor());
            let topic = self.topics.remove(key);
            self.names.remove(&topic.name);
            if let Some(listed) = topic.listed {
                self.oldest.remove(&(listed, key));
            }
        }
    }

    /// Begins a subscription; the gap is what the client's last event ID cannot be answered with.
    pub(crate) fn join(
        &mut self,
        slot: &Slot,
        names: &[TopicName],
        last_event_id: Option<&str>,
        start: Start,
        after_gap: AfterGap,
        waiters: &mut Waiters,
    ) -> (Cursor, Option<Gap>) {
        let mut topics = SmallVec::with_capacity(names.len());
        for name in names {
            let key = self.topic(name);
            self.topics[key].members.insert(slot.key());
            topics.push((key, slot.key()));
            self.tell_watchers(key, waiters);
        }
        let epoch = self.epoch.clone();
        let mut cursor = Cursor { topics, position: self.head, epoch };
        let position = last_event_id.map(|id| match self.epoch.position(id) {
            Ok(position) if position > self.head && !self.follows => Err(GapReason::Future),
            other => other,
        });
        let gap = match position {
            Some(Ok(position)) => {
                cursor.position = position;
                None
            }
            Some(Err(reason)) => {
                let requested = last_event_id.unwrap_or_default().to_owned();
                Some(self.skip_all(&mut cursor, reason, requested, after_gap))
            }
            None => {
                self.start(&mut cursor, start, after_gap);
                None
            }
        };
        (cursor, gap)
    }

    pub(crate) fn leave(&mut self, cursor: &Cursor, waiters: &mut Waiters) {
        for (key, member) in &cursor.topics {
            self.topics[*key].members.remove(member);
            self.tell_watchers(*key, waiters);
            self.remove_if_idle(*key);
        }
    }

    fn start(&self, cursor: &mut Cursor, start: Start, after_gap: AfterGap) {
        let logs = || cursor.topics.iter().map(|(key, _)| &self.topics[*key].log);
        let before_oldest = match start {
            Start::Live => None,
            Start::Earliest => logs().filter_map(Log::oldest).min(),
            Start::Last(0) => None,
            Start::Last(count) => {
                let mut newest: Vec<_> =
                    logs().flat_map(|log| log.newest_positions(count)).collect();
                newest.sort_unstable_by_key(|position| Reverse(*position));
                newest.truncate(count);
                newest.last().copied()
            }
        };
        cursor.position = before_oldest.map_or(self.head, Position::previous);
        if after_gap != AfterGap::Oldest {
            // A hole on the way would end what was asked for, so all of them are left behind.
            cursor.position = cursor.position.max(self.highest_floor(cursor));
        }
    }

    /// A gap over everything before the next delivery, and where to go on.
    fn skip_all(
        &mut self,
        cursor: &mut Cursor,
        reason: GapReason,
        requested: String,
        after_gap: AfterGap,
    ) -> Gap {
        let start = if after_gap == AfterGap::Oldest { Start::Earliest } else { Start::Live };
        self.start(cursor, start, after_gap);
        cursor.epoch = self.epoch.clone();
        let resumed_at = cursor.position;
        if after_gap == AfterGap::Snapshot {
            cursor.position = self.highest_floor(cursor);
        }
        let topics = cursor.topics.iter().map(|(key, _)| self.topics[*key].name.clone()).collect();
        self.count(Gap { reason, topics, requested, resumed_at })
    }

    /// Begins to watch a topic's number of subscribers; returns the watcher's key there too.
    pub(crate) fn watch(&mut self, topic: usize, waiters: &mut Waiters) -> (Slot, usize) {
        let slot = waiters.open();
        let watcher = self.topics[topic].watchers.insert(slot.key());
        (slot, watcher)
    }

    pub(crate) fn unwatch(
        &mut self,
        topic: usize,
        slot: &Slot,
        watcher: usize,
        waiters: &mut Waiters,
    ) {
        self.topics[topic].watchers.remove(watcher);
        waiters.close(slot);
        self.remove_if_idle(topic);
    }

    fn tell_watchers(&self, topic: usize, waiters: &mut Waiters) {
        self.topics[topic].watchers.iter().for_each(|(_, slot)| waiters.wake(*slot));
    }

    pub(crate) fn subscribers_of(&self, topic: usize) -> usize {
        self.topics[topic].members.len()
    }

    pub(crate) fn wake_all(&self, waiters: &mut Waiters) {
        for (_, topic) in &self.topics {
            let watchers = topic.watchers.iter().map(|(_, slot)| slot);
            topic.members.iter().chain(watchers).for_each(|slot| waiters.wake(*slot));
        }
        self.wake_pumps(waiters);
    }
}

impl Topic {
    pub(crate) fn subscribers(&self) -> usize {
        self.members.len()
    }
}

impl Cursor {
    /// Whether a topic with this floor has lost events that the client was not told of.
    fn misses(&self, floor: Position) -> bool {
        floor > self.position
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
