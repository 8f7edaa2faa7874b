//! A stream that was polled and has not ended.

use std::{fmt, sync::Arc, task::Waker};

use tokio::time::Instant;

use crate::{Config, End, EndReason, shutdown::Plan};

/// A stream that was polled and has not ended; reports its end when dropped.
pub(super) struct Open {
    pub(super) config: Arc<Config>,
    pub(super) bytes: u64,
    began: Instant,
    /// Its place in the shutdown's list.
    key: usize,
    /// The same as in that list, and the timer's: to see without a lock whether it is the right one.
    waker: Waker,
    plan: Option<Box<Plan>>,
    /// Why the stream ends once its last chunk, which is out, has been taken.
    pub(super) last: Option<EndReason>,
    /// What the drop will report: the client has left, unless the stream ends before that.
    reason: EndReason,
}

impl Open {
    pub(super) fn new(config: Arc<Config>, waker: &Waker) -> Self {
        Self {
            bytes: 0,
            began: Instant::now(),
            key: config.shutdown.join(waker.clone()),
            config,
            waker: waker.clone(),
            plan: None,
            last: None,
            reason: EndReason::ClientGone,
        }
    }

    /// Has a drain wake this task; returns whether it would have done so before.
    pub(super) fn wake(&mut self, waker: &Waker) -> bool {
        let same = self.waker.will_wake(waker);
        if !same {
            self.waker = waker.clone();
            self.config.shutdown.wake(self.key, waker.clone());
        }
        same
    }

    /// Whether a drain has begun since the last call; one that begins later wakes the task that
    /// [`wake`](Self::wake) was told of.
    pub(super) fn poll_drain(&mut self) -> bool {
        let begun = self.config.shutdown.is_draining() && self.plan.is_none();
        if begun {
            self.plan = self.config.shutdown.plan().map(Box::new);
        }
        begun
    }

    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_deref()
    }

    pub(super) fn end(mut self, reason: EndReason) {
        self.reason = reason;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(observer) = &self.config.on_end {
            observer(&End { reason: self.reason, age: self.began.elapsed(), bytes: self.bytes });
        }
        self.config.shutdown.leave(self.key);
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
