//! A stream that was polled and has not ended.

use std::{fmt, sync::Arc, task::Waker};

use tokio::time::Instant;

use crate::{
    Config, Drain, End, EndReason,
    shutdown::{Member, Plan},
};

/// A stream that was polled and has not ended; reports its end when dropped.
pub(super) struct Open {
    pub(super) bytes: u64,
    began: Instant,
    config: Arc<Config>,
    member: Member,
    plan: Option<Box<Plan>>,
    /// What the drop will report: the client has left, unless the stream ends before that.
    reason: EndReason,
}

impl Open {
    pub(super) fn new(config: &Arc<Config>) -> Self {
        Self {
            bytes: 0,
            began: Instant::now(),
            config: Arc::clone(config),
            member: config.shutdown.join(),
            plan: None,
            reason: EndReason::ClientGone,
        }
    }

    /// Returns the drain, once, when it has begun; else the waker is woken then.
    pub(super) fn poll_drain(&mut self, waker: &Waker) -> Option<&Plan> {
        if self.plan.is_some() {
            return None;
        }
        self.plan = self.member.poll_plan(waker).map(Box::new);
        self.plan.as_deref()
    }

    pub(super) fn drain(&self) -> Option<&Drain> {
        self.plan.as_ref().map(|plan| &plan.drain)
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
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
