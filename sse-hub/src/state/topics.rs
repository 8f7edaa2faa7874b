//! The topics: by name, from their first event or reader to their last.

use std::{collections::BTreeSet, hash::BuildHasher};

use super::State;
use crate::{
    Position, TopicName,
    ends::EndPlace,
    log::{Log, Rules},
    work::Work,
};

/// The state of one topic.
#[derive(Debug)]
pub(crate) struct TopicState {
    pub(super) name: TopicName,
    pub(super) log: Log,
    /// The epoch of the log's events, by its number.
    epoch_number: u64,
    /// The slots of the subscribers. A tree, whose size follows their number: a slab would keep the size of the
    /// largest audience, and each publish would walk it.
    pub(super) members: BTreeSet<usize>,
    /// The slots of the watchers, which wait for the number of subscribers to change.
    pub(super) waiting: BTreeSet<usize>,
    /// Whether the watchers have yet to be woken.
    pub(super) unnotified: bool,
    /// The number of handles and watchers that keep the topic.
    handles: usize,
    /// Where it has ended.
    pub(super) ended: Option<EndPlace>,
    /// Whether a sweep of all members is left to the background and has not begun.
    pub(super) swept: bool,
    /// The position of the oldest event, or an earlier one: it is only updated when the hub is full.
    pub(super) listed: Option<Position>,
    /// The same while the topic is not in use.
    evictable: Option<Position>,
}

/// The hub already has as many topics as it may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full;

impl State {
    /// Counts an event of a topic that there is no room for as lost.
    pub(super) fn lose_unread(&mut self, name: &TopicName, position: Position) {
        let hash = self.hasher.hash_one(name);
        self.vanished.insert(hash, position);
        let complete = self.is_complete();
        self.head = position;
        self.wake_if_complete(complete);
    }

    /// Returns the topic's key, and creates the topic if it does not exist.
    pub(crate) fn topic(&mut self, name: &TopicName, work: &mut Work) -> Result<usize, Full> {
        match self.key(name) {
            Some(key) => Ok(key),
            None => {
                self.make_room(1, work)?;
                Ok(self.begin_topic(name, work))
            }
        }
    }

    pub(super) fn begin_topic(&mut self, name: &TopicName, work: &mut Work) -> usize {
        work.spend(Work::TOPIC);
        let hash = self.hasher.hash_one(name);
        let vanished = self.vanished.remove(hash);
        let ended = self.end_of(name);
        let floor = self.limit_floor(vanished.max(self.lost), ended);
        let topic = TopicState {
            name: name.clone(),
            log: Log::new(floor),
            epoch_number: self.epoch_number,
            members: BTreeSet::new(),
            waiting: BTreeSet::new(),
            unnotified: false,
            handles: 0,
            ended,
            swept: false,
            listed: None,
            evictable: None,
        };
        self.memory += topic.memory();
        let key = self.topics.insert(topic);
        self.names.insert((hash, key));
        key
    }

    pub(super) fn key(&self, name: &str) -> Option<usize> {
        let hash = self.hasher.hash_one(name);
        let mut keys = self.names.range((hash, 0)..=(hash, usize::MAX)).map(|(_, key)| *key);
        keys.find(|key| *self.topics[*key].name == *name)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&TopicState> {
        self.key(name).map(|key| &self.topics[key])
    }

    /// Returns the topic of a key that is held.
    pub(crate) fn topic_at(&self, key: usize) -> &TopicState {
        &self.topics[key]
    }

    pub(crate) fn topics(&self) -> usize {
        self.topics.len()
    }

    /// Makes room for a number of topics, by evicting the oldest ones that are not in use.
    pub(super) fn make_room(&mut self, topics: usize, work: &mut Work) -> Result<(), Full> {
        if topics == 0 {
            return Ok(());
        }
        let needed = (self.topics.len() + self.reserved + topics).checked_sub(self.limits.topics);
        let Some(needed @ 1..) = needed else { return Ok(()) };
        // The hub may already be over its limit; this need not make more room than was asked for.
        let needed = needed.min(topics);
        // Nothing is evicted for a request that is refused.
        if self.evictable.len() < needed {
            return Err(Full);
        }
        for _ in 0..needed {
            let Some((_, key)) = self.evictable.first().copied() else { return Err(Full) };
            self.with_log(key, work, |log, _, work| log.reset(log.last(), work));
            self.remove_if_idle(key, work);
        }
        Ok(())
    }

    /// Keeps the list of evictable topics, after a change of whether a topic is needed or of its oldest event.
    pub(super) fn relist(&mut self, key: usize, work: &mut Work) {
        self.settle(key, work);
        let topic = &mut self.topics[key];
        let evictable = topic.listed.filter(|_| !topic.is_needed());
        if topic.evictable != evictable {
            let before = std::mem::replace(&mut topic.evictable, evictable);
            before.iter().for_each(|before| _ = self.evictable.remove(&(*before, key)));
            self.evictable.extend(evictable.map(|listed| (listed, key)));
        }
    }

    pub(crate) fn hold(&mut self, topic: usize, work: &mut Work) {
        self.topics[topic].handles += 1;
        self.relist(topic, work);
    }

    pub(crate) fn release(&mut self, topic: usize, work: &mut Work) {
        self.topics[topic].handles -= 1;
        self.relist(topic, work);
        self.remove_if_idle(topic, work);
    }

    /// Removes a topic without events that is not in use, and keeps its floor.
    pub(super) fn remove_if_idle(&mut self, key: usize, work: &mut Work) {
        if self.topics.get(key).is_none() {
            return;
        }
        self.settle(key, work);
        let topic = &self.topics[key];
        if topic.is_needed() || !topic.log.is_empty() {
            return;
        }
        work.spend(Work::TOPIC);
        self.with_log(key, work, |log, _, work| log.reset(log.floor(), work));
        let topic = self.topics.remove(key, work);
        self.memory -= topic.memory();
        let hash = self.hasher.hash_one(&topic.name);
        self.names.remove(&(hash, key));
        if let Some(listed) = topic.listed {
            self.oldest.remove(&(listed, key));
        }
        if let Some(listed) = topic.evictable {
            self.evictable.remove(&(listed, key));
        }
        if topic.log.floor() > self.lost {
            self.vanished.insert(hash, topic.log.floor());
        }
        work.drop_later(Box::new(topic));
    }

    /// Applies to a topic what has happened to all of them. It has to be called before anything that depends on the
    /// topic's log.
    pub(super) fn settle(&mut self, key: usize, work: &mut Work) {
        if self.topics[key].epoch_number != self.epoch_number {
            let ended = self.end_of(&self.topics[key].name);
            let topic = &mut self.topics[key];
            topic.epoch_number = self.epoch_number;
            topic.listed = None;
            topic.evictable = None;
            topic.ended = ended;
            let (events, bytes, memory) =
                (topic.log.events(), topic.log.bytes(), topic.log.memory());
            topic.log.reset(Position::START, work);
            self.events -= events;
            self.bytes -= bytes;
            self.memory = self.memory + topic.log.memory() - memory;
        }
        let topic = &self.topics[key];
        if topic.log.floor() < self.lost {
            let floor = self.limit_floor(self.lost, topic.ended);
            self.topics[key].log.raise_floor(floor);
        }
    }

    /// Lowers the floor of a topic that has ended to its last event, since it has no later ones.
    fn limit_floor(&self, floor: Position, ended: Option<EndPlace>) -> Position {
        let ended = ended.filter(|end| end.known_to >= self.lost);
        ended.map_or(floor, |end| floor.min(end.last))
    }

    /// Runs a closure on a topic's log, and updates the memory that it takes.
    #[inline]
    pub(super) fn with_log<R>(
        &mut self,
        key: usize,
        work: &mut Work,
        run: impl FnOnce(&mut Log, &Rules, &mut Work) -> R,
    ) -> R {
        self.settle(key, work);
        let log = &mut self.topics[key].log;
        let (events, bytes, memory) = (log.events(), log.bytes(), log.memory());
        let result = run(log, &self.rules, work);
        self.events = self.events + log.events() - events;
        self.bytes = self.bytes + log.bytes() - bytes;
        self.memory = self.memory + log.memory() - memory;
        result
    }
}

impl TopicState {
    pub(crate) fn subscribers(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn events(&self) -> usize {
        if self.log.is_empty() { 0 } else { self.log.events() }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.log.bytes()
    }

    /// Whether it is kept without events.
    fn is_needed(&self) -> bool {
        self.handles > 0 || !self.members.is_empty()
    }

    /// The memory that it takes, in bytes: its entries in the tables, whose nodes are half full, its name and its log.
    fn memory(&self) -> usize {
        const TABLES: usize = 16 + 48 + 2 * 64;
        size_of::<Self>() + TABLES + self.name.len() + 64 + self.log.memory()
    }
}
