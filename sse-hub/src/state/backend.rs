//! What a backend reports.

use std::{mem, time::Instant};

use super::{Encoded, State};
use crate::{BackendError, Epoch, Position, TopicName, large::LARGE, shared::Waiters};

impl State {
    /// Appends a backend's event, unless the hub already has it: a tail may have started again.
    ///
    /// `event` is `None` if no log can hold it. What is left of it is for the caller to drop, once the lock
    /// is released.
    pub(crate) fn take(
        &mut self,
        position: Position,
        topic: &TopicName,
        event: Option<&mut Vec<u8>>,
        now: Instant,
        waiters: &mut Waiters,
    ) {
        if position <= self.head {
            return;
        }
        let Ok(key) = self.topic(topic, &mut waiters.work) else {
            self.lose_unread(topic, position);
            return;
        };
        match event {
            None => self.lose(key, position, waiters),
            Some(event) if event.len() > LARGE => {
                let event = Encoded::<fn(&mut Vec<u8>)>::Before(mem::take(event));
                self.append(key, position, now, waiters, event);
            }
            Some(event) => {
                let event = Encoded::Now(|out: &mut Vec<u8>| out.extend_from_slice(event));
                self.append(key, position, now, waiters, event);
            }
        }
    }

    /// Counts everything up to a position as lost: the backend has lost it.
    pub(crate) fn lose_up_to(&mut self, floor: Position) {
        // A backend reports its floor with each page that is read.
        if floor <= self.lost {
            return;
        }
        let complete = self.is_complete();
        self.lost = floor;
        self.outdated = true;
        self.head = self.head.max(floor);
        self.wake_everyone();
        self.wake_if_complete(complete);
    }

    /// Counts everything of a topic up to a position as lost.
    fn lose(&mut self, topic: usize, position: Position, waiters: &mut Waiters) {
        self.with_log(topic, &mut waiters.work, |log, _, _| log.raise_floor(position));
        let complete = self.is_complete();
        self.head = position;
        self.wake_members(topic, waiters);
        self.wake_if_complete(complete);
        self.remove_if_idle(topic, &mut waiters.work);
    }

    /// Begins another life: all events are gone, and all cursors foreign.
    pub(crate) fn begin_anew(&mut self, epoch: Epoch, waiters: &mut Waiters) {
        self.epoch = epoch;
        self.head = Position::START;
        self.acknowledged = Position::START;
        self.lost = Position::START;
        self.life += 1;
        waiters.work.drop_later(Box::new(self.vanished.clear()));
        self.stale.push(mem::take(&mut self.oldest));
        waiters.work.drop_later(Box::new(mem::take(&mut self.evictable)));
        self.wake_everyone();
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
    pub(crate) fn set_backend_error(&mut self, error: Option<BackendError>) {
        let complete = self.is_complete();
        self.backend_error = error;
        self.wake_if_complete(complete);
    }

    /// Wakes every subscription when a drain has become complete.
    pub(super) fn wake_if_complete(&mut self, before: bool) {
        if !before && self.is_complete() {
            self.wake_everyone();
        }
    }
}
