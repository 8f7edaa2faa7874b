//! A stream that has been polled and has not ended.

use std::{fmt, sync::Arc, task::Waker};

use tokio::time::Instant;

use super::{batch::Batch, observed::Observed};
#[cfg(feature = "metrics")]
use crate::traffic::Traffic;
use crate::{EndReason, Ending, sent::Sent, settings::Settings};

/// A stream that has been polled and has not ended. It is small, because each connection has one.
pub(super) struct Open {
    /// `None` if nothing observes the stream. It is boxed, so that it takes little memory then.
    observed: Option<Box<Observed>>,
    /// It is counted only if something observes the stream. It is not in the box, because it changes with each chunk.
    sent: Sent,
    #[cfg(feature = "metrics")]
    traffic: Arc<Traffic>,
    /// The reason to report if it is dropped now.
    reason: EndReason,
    /// It leaves the shutdown after the end has been reported, so that every end has been when a drain is over.
    member: Member,
    draining: bool,
    /// Why the stream ends. It is set when the last chunk is returned.
    pub(super) last: Option<EndReason>,
    /// Whether the next poll wakes its own task and returns `Pending`, so that the framework flushes.
    pub(super) flush: bool,
}

/// A stream's membership in a shutdown, which counts and wakes the stream until this is dropped.
struct Member {
    settings: Arc<Settings>,
    key: u64,
    /// A clone of the waker that the shutdown and the timer hold, to check without a lock whether theirs
    /// is still the right one.
    waker: Waker,
}

impl Open {
    pub(super) fn new(
        settings: Arc<Settings>,
        waker: &Waker,
        #[cfg(feature = "tracing")] parent: &tracing::Span,
    ) -> Self {
        let measured = cfg!(any(feature = "metrics", feature = "tracing"));
        let observed = (measured || !settings.observers.is_empty()).then(|| {
            let settings = Arc::clone(&settings);
            Box::new(Observed::new(
                settings,
                #[cfg(feature = "tracing")]
                parent,
            ))
        });
        #[cfg(feature = "metrics")]
        let traffic = settings.traffic();
        let key = settings.shutdown.join(waker.clone());
        let member = Member { settings, key, waker: waker.clone() };
        let reason = EndReason::Dropped;
        Self {
            observed,
            sent: Sent::default(),
            #[cfg(feature = "metrics")]
            traffic,
            reason,
            member,
            draining: false,
            last: None,
            flush: false,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.member.settings
    }

    /// Makes a drain wake this task; returns whether it would already have done so.
    #[inline]
    pub(super) fn wake(&mut self, waker: &Waker) -> bool {
        let same = self.member.waker.will_wake(waker);
        if !same {
            self.member.follow(waker);
        }
        same
    }

    /// Returns the time at which a drain ends this stream: once, at the first call after the drain has
    /// begun. A drain that begins later wakes the task of the last [`wake`](Self::wake).
    #[inline]
    pub(super) fn poll_drain(&mut self) -> Option<Instant> {
        if self.draining || !self.settings().shutdown.is_draining() {
            return None;
        }
        self.draining = true;
        self.settings().shutdown.turn(self.settings().ending)
    }

    /// Reports a drop as a panic until [`end_poll`](Self::end_poll) is called.
    #[inline]
    pub(super) fn begin_poll(&mut self) {
        self.reason = EndReason::Panicked;
    }

    #[inline]
    pub(super) fn end_poll(&mut self) {
        self.reason = EndReason::Dropped;
    }

    /// Enters the stream's span.
    #[cfg(feature = "tracing")]
    pub(super) fn enter(&self) -> Option<tracing::span::EnteredSpan> {
        self.observed.as_ref().map(|observed| observed.enter())
    }

    /// Counts a chunk, which the framework is about to receive.
    #[inline]
    pub(super) fn wrote(&mut self, chunk: &Batch) {
        let Some(observed) = &mut self.observed else { return };
        let chunk = chunk.sent();
        let first = self.sent.events == 0 && chunk.events > 0;
        self.sent.add(chunk);
        #[cfg(feature = "metrics")]
        self.traffic.count(chunk);
        if first {
            observed.first_event();
        }
    }

    pub(super) fn end(mut self, reason: EndReason) {
        self.reason = reason;
        if reason == EndReason::Shutdown && self.settings().ending == Ending::WhenFinished {
            self.settings().shutdown.count_unfinished();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(observed) = &self.observed else { return };
        let reason = match self.reason {
            EndReason::Dropped if self.settings().shutdown.is_past_deadline() => {
                EndReason::Abandoned
            }
            reason => reason,
        };
        observed.ended(reason, self.sent);
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
