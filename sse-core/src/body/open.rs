//! A stream that was polled and has not ended.

use std::{fmt, sync::Arc, task::Waker};

use tokio::time::Instant;

use super::observed::Observed;
use crate::{EndReason, Ending, settings::Settings};

/// A stream that was polled and has not ended. It is small, since each connection has one.
pub(super) struct Open {
    /// In a box, since most have no observer. Dropped before the member leaves, so that at the end
    /// of a drain every end has been reported.
    observed: Option<Box<Observed>>,
    member: Member,
    draining: bool,
    /// Why the stream ends; set when its last chunk is returned.
    pub(super) last: Option<EndReason>,
    /// The next poll wakes its own task and returns `Pending`, so that the framework flushes.
    pub(super) flush: bool,
}

/// A stream that a shutdown counts and wakes, until this is dropped.
struct Member {
    settings: Arc<Settings>,
    key: u64,
    /// The same as the shutdown's, and the timer's: to see without a lock whether it is still right.
    waker: Waker,
}

impl Open {
    pub(super) fn new(settings: Arc<Settings>, waker: &Waker) -> Self {
        let observed = !settings.observers.is_empty();
        let observed = observed.then(|| Box::new(Observed::new(Arc::clone(&settings))));
        let key = settings.shutdown.join(waker.clone());
        let member = Member { settings, key, waker: waker.clone() };
        Self { observed, member, draining: false, last: None, flush: false }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.member.settings
    }

    /// Has a drain wake this task; returns whether it would have done so before.
    #[inline]
    pub(super) fn wake(&mut self, waker: &Waker) -> bool {
        let same = self.member.waker.will_wake(waker);
        if !same {
            self.member.follow(waker);
        }
        same
    }

    /// Returns, once after a drain has begun, the moment at which to end. A drain that begins later wakes
    /// the task of the last [`wake`](Self::wake).
    #[inline]
    pub(super) fn poll_drain(&mut self) -> Option<Instant> {
        if self.draining || !self.settings().shutdown.is_draining() {
            return None;
        }
        self.draining = true;
        self.settings().shutdown.turn(self.settings().ending)
    }

    /// Until [`end_poll`](Self::end_poll), a drop is reported as a panic.
    pub(super) fn begin_poll(&mut self) {
        self.set_reason(EndReason::Panicked);
    }

    pub(super) fn end_poll(&mut self) {
        self.set_reason(EndReason::Dropped);
    }

    #[inline]
    fn set_reason(&mut self, reason: EndReason) {
        if let Some(observed) = &mut self.observed {
            observed.reason = reason;
        }
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        if let Some(observed) = &mut self.observed {
            observed.bytes += bytes as u64;
        }
    }

    pub(super) fn end(mut self, reason: EndReason) {
        self.set_reason(reason);
        if reason == EndReason::Shutdown && self.settings().ending == Ending::WhenFinished {
            self.settings().shutdown.count_unfinished();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(observed) = &mut self.observed
            && observed.reason == EndReason::Dropped
            && self.member.settings.shutdown.is_past_deadline()
        {
            observed.reason = EndReason::Abandoned;
        }
    }
}

impl Member {
    fn follow(&mut self, waker: &Waker) {
        self.waker = waker.clone();
        self.settings.shutdown.wake(self.key, waker.clone());
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.settings.shutdown.leave(self.key);
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("draining", &self.draining).finish_non_exhaustive()
    }
}
