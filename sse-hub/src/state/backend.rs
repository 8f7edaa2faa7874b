//! Applies the reports of a backend.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::{Encoded, Source, State};
use crate::{
    BackendError, BackgroundError, Epoch, NotReady, Position, PublishError, TopicName,
    large::LARGE, shared::Waiters,
};

/// Whether the backend's events arrive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Following {
    /// There is no backend.
    Needless,
    /// Not yet; the hub was opened at this time.
    Awaited(Instant),
    Running,
    /// Never again.
    Stopped,
}

impl State {
    /// Appends a backend's event, unless the hub already has it: a tail may have started again.
    ///
    /// `event` is `None` if no log can hold it. The caller drops what remains of it once the lock is released.
    pub(crate) fn append_entry(
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
        // The backend yields no events of an ended topic, so it has forgotten the end.
        if !self.ends.is_empty() {
            self.forget_end(topic);
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

    /// Ends a topic at a backend's entry, after its last event if it has one; `Some(None)` if no log can hold that.
    pub(crate) fn append_end(
        &mut self,
        position: Position,
        topic: &TopicName,
        last: Option<Option<&mut Vec<u8>>>,
        now: Instant,
        waiters: &mut Waiters,
    ) {
        if position <= self.head {
            return;
        }
        let has_event = last.is_some();
        if let Some(event) = last {
            self.append_entry(position, topic, event, now, waiters);
        }
        self.end(topic, position, has_event, now, waiters);
    }

    /// Whether other processes append to the log.
    pub(crate) fn is_shared(&self) -> bool {
        self.source == Source::Many
    }

    /// Notes that everything up to a position has been read.
    pub(crate) fn skip(&mut self, position: Position) {
        let complete = self.is_complete();
        self.head = self.head.max(position);
        self.wake_if_complete(complete);
    }

    /// Counts everything up to a position as lost: the backend has lost it.
    pub(crate) fn lose_up_to(&mut self, floor: Position) {
        // A backend reports its floor with each page that is read.
        if floor <= self.lost {
            return;
        }
        if floor > self.head {
            // A revocation, or the use of a ticket, may be among the entries.
            self.revoke_all();
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

    /// Begins another epoch: all events are gone, and all cursors are foreign.
    pub(crate) fn begin_epoch(&mut self, epoch: Epoch, waiters: &mut Waiters) {
        self.epoch = epoch;
        self.head = Position::START;
        self.acknowledged = Position::START;
        self.lost = Position::START;
        self.epoch_number += 1;
        self.revoke_all();
        waiters.work.drop_later(Box::new(self.vanished.clear()));
        waiters.work.drop_later(Box::new(mem::take(&mut self.ends)));
        self.stale.push(mem::take(&mut self.oldest));
        waiters.work.drop_later(Box::new(mem::take(&mut self.evictable)));
        self.wake_everyone();
    }

    /// Counts an entry that the backend has acknowledged, with its number of events. A drain waits for it.
    pub(crate) fn acknowledge(&mut self, epoch: &Epoch, position: Position, events: u64) {
        self.published += events;
        // A drain cannot wait for an event of an epoch that the tail has yet to report, or that is over.
        if *epoch == self.epoch {
            self.acknowledged = self.acknowledged.max(position);
        }
    }

    /// Requires the background future to begin within some seconds from now.
    pub(crate) fn await_background(&mut self, now: Instant) {
        self.following = Following::Awaited(now);
    }

    /// Notes that the background future follows the backend from now on.
    pub(crate) fn begin_following(&mut self) {
        self.following = Following::Running;
    }

    /// Notes that the background future is gone, or that the backend's tail has ended.
    pub(crate) fn stop_following(&mut self, now: Instant) {
        self.following = Following::Stopped;
        // No revocation arrives any more.
        self.revoke_all();
        self.note_backend(Some(BackgroundError::Stopped.into()), now);
        self.wake_everyone();
    }

    /// Whether the events of the backend arrive, or may soon.
    pub(crate) fn check_followed(&self, now: Instant) -> Result<(), BackgroundError> {
        match self.following {
            Following::Needless | Following::Running => Ok(()),
            Following::Awaited(since) if now <= since + PATIENCE => Ok(()),
            Following::Awaited(_) => Err(BackgroundError::NotStarted),
            Following::Stopped => Err(BackgroundError::Stopped),
        }
    }

    /// Fails if the hub drains, is not followed, or its backend has been away for longer than `limit`.
    pub(crate) fn check_ready(&self, limit: Duration, now: Instant) -> Result<(), NotReady> {
        if self.drained {
            return Err(NotReady::Drained);
        }
        self.check_followed(now).map_err(NotReady::Background)?;
        let away = self.away_since.map(|since| now.saturating_duration_since(since));
        match (away, &self.backend_error) {
            (Some(away), Some(error)) if away > limit => {
                Err(NotReady::Backend { away, error: error.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Whether this hub may publish: its own subscribers, if it has any, would receive the event.
    pub(crate) fn check_publish(&self, now: Instant) -> Result<(), PublishError> {
        if self.drained {
            return Err(PublishError::Drained);
        }
        if self.subscribers > 0 {
            self.check_followed(now).map_err(PublishError::Background)?;
        }
        Ok(())
    }

    /// Whether a drain ends the subscriptions that have read everything: this hub's own events have
    /// arrived, or cannot at the moment.
    pub(crate) fn is_complete(&self) -> bool {
        self.drained && (self.head >= self.acknowledged || self.backend_error.is_some())
    }

    /// Notes the error that the backend reported last; `None` if the log has been followed since.
    pub(crate) fn note_backend(&mut self, error: Option<BackendError>, now: Instant) {
        let complete = self.is_complete();
        self.away_since = error.is_some().then(|| self.away_since.unwrap_or(now));
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

/// The longest time between the opening of a hub and the first poll of its background future.
const PATIENCE: Duration = Duration::from_secs(5);
