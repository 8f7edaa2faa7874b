//! What a backend reports.

use std::time::Instant;

use super::State;
use crate::{
    BackendError, Epoch, Position,
    backend::Entry,
    log::{Log, MAX_EVENT_BYTES},
    shared::Waiters,
};

impl State {
    /// Appends a backend's entry, unless the hub already has it: a tail may have started again.
    pub(crate) fn take(&mut self, entry: Entry, now: Instant, waiters: &mut Waiters) {
        let Entry { position, topic, body } = entry;
        if position <= self.head {
            return;
        }
        let topic = self.topic(&topic);
        if body.len() > MAX_EVENT_BYTES {
            return self.lose(topic, position, waiters);
        }
        self.append(topic, position, now, waiters, |epoch, out| {
            let (before, after) = body.split_at(id_belongs_at(&body));
            out.extend_from_slice(before);
            out.extend_from_slice(format!("id: {}\n", epoch.id(position)).as_bytes());
            out.extend_from_slice(after);
        });
    }

    /// Drops everything up to a position: the backend has lost it.
    pub(crate) fn lose_up_to(&mut self, floor: Position, waiters: &mut Waiters) {
        // A backend reports its floor with each page that is read; without this check, each page would
        // walk all topics.
        if floor <= self.lost {
            return;
        }
        self.lost = floor;
        for (_, topic) in &mut self.topics {
            let before = topic.log.bytes();
            topic.log.raise_floor(floor, &self.retention);
            self.bytes = self.bytes + topic.log.bytes() - before;
        }
        self.vanished = self.vanished.max(floor);
        self.head = self.head.max(floor);
        self.wake_all(waiters);
    }

    /// Counts everything of a topic up to a position as lost.
    pub(crate) fn lose(&mut self, topic: usize, position: Position, waiters: &mut Waiters) {
        let log = &mut self.topics[topic].log;
        let before = log.bytes();
        log.raise_floor(position, &self.retention);
        self.bytes = self.bytes + log.bytes() - before;
        let complete = self.is_complete();
        self.head = position;
        self.wake_members(topic, waiters);
        self.wake_if_complete(complete, waiters);
    }

    /// Begins another life: all events are gone, and all cursors foreign.
    pub(crate) fn begin_anew(&mut self, epoch: Epoch, waiters: &mut Waiters) {
        self.epoch = epoch;
        self.head = Position::START;
        self.acknowledged = Position::START;
        self.lost = Position::START;
        self.vanished = Position::START;
        self.bytes = 0;
        self.oldest.clear();
        for (_, topic) in &mut self.topics {
            topic.log = Log::new(Position::START);
            topic.listed = None;
            topic.members.iter().for_each(|slot| waiters.wake(*slot));
        }
    }

    /// Counts an event that the backend has acknowledged: a drain waits for it.
    pub(crate) fn acknowledge(&mut self, position: Position) {
        self.acknowledged = self.acknowledged.max(position);
        self.published += 1;
    }

    /// Whether a drain ends the subscriptions that have read everything: this hub's own events have
    /// arrived, or cannot at the moment.
    pub(crate) fn is_complete(&self) -> bool {
        self.drained && (self.head >= self.acknowledged || self.backend_error.is_some())
    }

    /// Sets what the backend said last, if that was an error.
    pub(crate) fn set_backend_error(&mut self, error: Option<BackendError>, waiters: &mut Waiters) {
        let complete = self.is_complete();
        self.backend_error = error;
        self.wake_if_complete(complete, waiters);
    }

    /// Wakes every subscription when a drain has become complete.
    pub(super) fn wake_if_complete(&self, before: bool, waiters: &mut Waiters) {
        if !before && self.is_complete() {
            self.wake_all(waiters);
        }
    }
}

/// Where an encoded event without an ID takes one: after its comment and its event type.
fn id_belongs_at(body: &[u8]) -> usize {
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b":") && !line.starts_with(b"event: ") {
            break;
        }
        at += line.len();
    }
    at
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use sse_core::Event;

    use super::*;

    #[test]
    fn an_id_is_put_where_encoding_puts_it() {
        for event in [
            Event::data("a"),
            Event::data("id: 7\nevent: b").event("event"),
            Event::data("").comment("id: 7\nevent: x").event("b").retry(Duration::from_secs(1)),
        ] {
            let body = event.encode().into_bytes();
            let (before, after) = body.split_at(id_belongs_at(&body));
            let with_id = [before, b"id: 7\n", after].concat();
            assert_eq!(with_id, event.id(7).encode().as_bytes());
        }
    }
}
