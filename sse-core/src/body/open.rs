//! A stream that was polled and has not ended.

use std::{fmt, sync::Arc, task::Waker};

use tokio::time::Instant;

use super::observed::Observed;
use crate::{Config, EndReason};

/// A stream that was polled and has not ended. Small: there is one for each connection, idle or not.
pub(super) struct Open {
    /// In a box, since most have no observer. Dropped before the member leaves, so that at the end
    /// of a drain every end has been reported.
    observed: Option<Box<Observed>>,
    member: Member,
    draining: bool,
    /// Why the stream ends once its last chunk, which is out, has been taken.
    pub(super) last: Option<EndReason>,
}

/// A stream that a shutdown counts and wakes, until this is dropped.
struct Member {
    config: Arc<Config>,
    key: usize,
    /// The same as the shutdown's, and the timer's: to see without a lock whether it is still right.
    waker: Waker,
}

impl Open {
    pub(super) fn new(config: Arc<Config>, waker: &Waker) -> Self {
        let observed = config.on_end.clone().map(|observer| Box::new(Observed::new(observer)));
        let key = config.shutdown.join(waker.clone());
        let member = Member { config, key, waker: waker.clone() };
        Self { observed, member, draining: false, last: None }
    }

    pub(super) fn config(&self) -> &Config {
        &self.member.config
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

    /// Returns the moment to end, once, when a drain has begun; one that begins later wakes the task
    /// that [`wake`](Self::wake) was told of.
    #[inline]
    pub(super) fn poll_drain(&mut self) -> Option<Instant> {
        if self.draining || !self.config().shutdown.is_draining() {
            return None;
        }
        self.draining = true;
        self.config().shutdown.turn()
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        if let Some(observed) = &mut self.observed {
            observed.bytes += bytes as u64;
        }
    }

    pub(super) fn end(mut self, reason: EndReason) {
        if let Some(observed) = &mut self.observed {
            observed.reason = reason;
        }
    }
}

impl Member {
    fn follow(&mut self, waker: &Waker) {
        self.waker = waker.clone();
        self.config.shutdown.wake(self.key, waker.clone());
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.config.shutdown.leave(self.key);
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("draining", &self.draining).finish_non_exhaustive()
    }
}
