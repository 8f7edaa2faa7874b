//! Topics that end.

use std::{hash::BuildHasher, time::Instant};

use sse_core::EventId;

use super::{State, topics::Full};
use crate::{
    Position, PublishError, TopicName,
    backend::Ended,
    ends::{End, EndPlace},
    shared::Waiters,
    work::Work,
};

impl State {
    /// Returns the key of a topic to publish to, which has not ended. Creates the topic if it does not exist.
    pub(crate) fn open_topic(
        &mut self,
        name: &TopicName,
        now: Instant,
        work: &mut Work,
    ) -> Result<usize, PublishError> {
        if let Some(key) = self.key(name) {
            return self.check_open_at(key, now).map(|()| key);
        }
        self.check_open(name, now)?;
        let limit = self.limits.topics;
        self.topic(name, work).map_err(|Full| PublishError::TooManyTopics { limit })
    }

    /// Refuses the topic of a key if it has ended.
    pub(crate) fn check_open_at(&mut self, key: usize, now: Instant) -> Result<(), PublishError> {
        if self.topics[key].ended.is_none() {
            return Ok(());
        }
        let name = self.topics[key].name.clone();
        self.check_open(&name, now)
    }

    /// Refuses a topic that has ended, unless its end has been forgotten by now.
    fn check_open(&mut self, name: &str, now: Instant) -> Result<(), PublishError> {
        self.now = self.now.max(now);
        let end = self.ends.find(self.hasher.hash_one(name), name);
        match end.is_some_and(|end| !self.is_forgotten(end)) {
            true => Err(PublishError::Ended),
            false => {
                self.forget_end(name);
                Ok(())
            }
        }
    }

    /// Ends a topic of a hub in memory without a last event; returns the ID of the end.
    pub(crate) fn end_now(
        &mut self,
        name: &TopicName,
        now: Instant,
        waiters: &mut Waiters,
    ) -> Result<EventId, PublishError> {
        if self.drained {
            return Err(PublishError::Drained);
        }
        self.check_open(name, now)?;
        let (position, id) = self.next_id();
        self.end(name, position, false, now, waiters);
        Ok(id)
    }

    /// Ends the topic of a key, at the position of its last event.
    pub(crate) fn end_at(
        &mut self,
        key: usize,
        position: Position,
        now: Instant,
        waiters: &mut Waiters,
    ) {
        let name = self.topics[key].name.clone();
        self.end(&name, position, true, now, waiters);
    }

    /// Ends a topic that has not ended, at a position: that of its last event, or one after all events. Its
    /// subscribers end once they have read everything.
    pub(crate) fn end(
        &mut self,
        name: &TopicName,
        position: Position,
        has_event: bool,
        now: Instant,
        waiters: &mut Waiters,
    ) {
        self.now = self.now.max(now);
        let key = self.key(name);
        if let Some(key) = key {
            self.settle(key, &mut waiters.work);
        }
        let last = match key {
            _ if has_event => position,
            Some(key) => self.topics[key].log.last(),
            None => self.vanished.floor(self.hash(name)).max(self.lost),
        };
        self.remember_end(name, position, last);
        let complete = self.is_complete();
        self.head = self.head.max(position);
        if let Some(key) = key {
            self.wake_members(key, waiters);
            self.remove_if_idle(key, &mut waiters.work);
        }
        self.wake_if_complete(complete);
    }

    /// Remembers the ends of topics whose entries the backend has lost.
    pub(crate) fn note_ended(&mut self, ended: &[Ended], waiters: &mut Waiters) {
        for Ended { topic, position } in ended {
            waiters.work.spend(Work::TOPIC);
            self.remember_end(topic, *position, *position);
            if let Some(key) = self.key(topic) {
                self.settle(key, &mut waiters.work);
            }
        }
        if !ended.is_empty() {
            self.wake_everyone();
        }
    }

    /// Remembers that a topic has ended at a position, and that its last event is at or before `last`.
    fn remember_end(&mut self, name: &str, position: Position, last: Position) {
        let hash = self.hash(name);
        let mut place = EndPlace { last, known_to: position.max(self.lost) };
        if let Some(end) = self.ends.find_mut(hash, name) {
            // A backend reports an end with each gap, perhaps after it was read, which is more precise.
            if position <= end.place.known_to {
                place.last = end.place.last;
            }
            place.known_to = place.known_to.max(end.place.known_to);
            end.place = place;
        } else {
            self.ends.insert(hash, End { name: name.into(), place, at: self.now });
        }
        if let Some(key) = self.key(name) {
            self.topics[key].ended = Some(place);
        }
    }

    /// Forgets a topic's end, so that it begins again.
    pub(super) fn forget_end(&mut self, name: &str) {
        self.ends.remove(self.hash(name), name);
        if let Some(key) = self.key(name) {
            self.topics[key].ended = None;
        }
    }

    /// Forgets ends that are too old, or too many, while steps are left; returns whether there are more.
    pub(super) fn forget_ends(&mut self, work: &mut Work) -> bool {
        while !self.ends.is_empty() {
            let full = self.ends.memory() > self.limits.bytes / SHARE;
            let name = match self.ends.oldest() {
                Some(end) if full || self.is_forgotten(end) => end.name.clone(),
                Some(_) => return false,
                // The end was removed: the topic has begun again.
                None => "".into(),
            };
            if work.is_done() {
                return true;
            }
            work.spend(8);
            if let Some(key) = self.key(&name) {
                self.topics[key].ended = None;
            }
            self.ends.pop(|name| self.hasher.hash_one(name));
        }
        false
    }

    fn is_forgotten(&self, end: &End) -> bool {
        self.now.saturating_duration_since(end.at) >= self.limits.remember_ends
    }

    /// Whether a client with this last event ID has everything of these topics, and all have ended.
    pub(crate) fn has_all(&self, names: &[TopicName], last_event_id: &str) -> bool {
        let Ok(position) = self.epoch.position(last_event_id).and_then(|it| self.check(it)) else {
            return false;
        };
        let has_all = |name: &TopicName| {
            let end = self.ends.find(self.hash(name), name);
            end.is_some_and(|end| end.place.last <= position && !self.is_forgotten(end))
        };
        names.iter().all(has_all)
    }

    pub(super) fn end_of(&self, name: &str) -> Option<EndPlace> {
        if self.ends.is_empty() {
            return None;
        }
        self.ends.find(self.hash(name), name).map(|end| end.place)
    }

    fn hash(&self, name: &str) -> u64 {
        self.hasher.hash_one(name)
    }
}

/// The ends of topics may take this part of the hub's memory.
const SHARE: usize = 4;
