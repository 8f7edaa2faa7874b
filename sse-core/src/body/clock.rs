//! The one timer of a body.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep, sleep_until},
};

use crate::{EndReason, jitter::later, settings::Settings};

pin_project! {
    /// The one timer of a body, for the keep-alive, the maximum age, the expiry with its notice, and the
    /// body's turn in a drain.
    ///
    /// Writing an event does not reset the timer. When the timer fires, it is set to whatever is due next.
    #[derive(Debug, Default)]
    pub(super) struct Clock {
        #[pin]
        timer: Option<Sleep>,
        last_write: Option<Instant>,
        // Boxed, because most streams have neither a maximum age, an expiry, nor a drain.
        end: Option<Box<End>>,
    }
}

/// The earliest end of the stream.
#[derive(Debug)]
struct End {
    at: Instant,
    reason: EndReason,
    /// The time of the event that announces the expiry, until it is sent.
    notice: Option<Instant>,
}

/// What is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    KeepAlive,
    /// The event that announces the expiry.
    Notice,
    End(EndReason),
}

impl Due {
    pub(super) fn end(self) -> Option<EndReason> {
        match self {
            Self::End(reason) => Some(reason),
            Self::Nothing | Self::KeepAlive | Self::Notice => None,
        }
    }
}

impl Clock {
    pub(super) fn start(mut self: Pin<&mut Self>, settings: &Settings) {
        let now = Instant::now();
        let this = self.as_mut().project();
        *this.last_write = Some(now);
        let age = settings.max_age.map(|age| (later(now, age.draw()), EndReason::MaxAge));
        let expiry = settings.expiry.as_deref();
        let expires = expiry.map(|expiry| (expiry.instant(now), EndReason::Expired));
        *this.end = age.into_iter().chain(expires).min_by_key(|end| end.0).map(|(at, reason)| {
            let notice = expires.and_then(|(end, _)| expiry?.notice_at(end));
            Box::new(End { at, reason, notice })
        });
        self.set_timer(settings);
    }

    /// Sets the time at which a drain ends the stream, unless its age or expiry ends it earlier.
    pub(super) fn drain(mut self: Pin<&mut Self>, turn: Instant, settings: &Settings) {
        if self.end_at().is_none_or(|end| turn < end) {
            let this = self.as_mut().project();
            let notice = this.end.as_ref().and_then(|end| end.notice);
            *this.end = Some(Box::new(End { at: turn, reason: EndReason::Shutdown, notice }));
            self.set_timer(settings);
        }
    }

    /// Sets the timer to wait for this long, at the end of a stream when nothing else is due.
    pub(super) fn wait(self: Pin<&mut Self>, duration: Duration) {
        self.project().timer.set(Some(sleep(duration)));
    }

    pub(super) fn poll_wait(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().timer.as_pin_mut() {
            Some(timer) => pin!(unconstrained(timer)).poll(cx),
            None => Poll::Ready(()),
        }
    }

    pub(super) fn wrote(self: Pin<&mut Self>) {
        *self.project().last_write = Some(Instant::now());
    }

    /// Returns what is due, or arranges for this task to be woken when something is.
    ///
    /// `armed` says that this task has polled the timer since it was set. Checking whether the timer has
    /// fired is then enough; a poll would store the waker again.
    #[inline]
    pub(super) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        armed: bool,
        settings: &Settings,
    ) -> Due {
        if armed && !self.timer.as_ref().is_some_and(Sleep::is_elapsed) {
            return Due::Nothing;
        }
        self.poll_timer(cx, settings)
    }

    fn poll_timer(mut self: Pin<&mut Self>, cx: &mut Context<'_>, settings: &Settings) -> Due {
        let mut due = Due::Nothing;
        // The timer rounds up to whole milliseconds, and a stream that has expired must not open for one.
        if let Some(end) = self.end.as_deref().filter(|end| end.at <= Instant::now()) {
            return Due::End(end.reason);
        }
        // Each time the timer is set, it has to be polled, or it would not wake this task.
        while let Some(timer) = self.as_mut().project().timer.as_pin_mut() {
            // Unconstrained, because a task that has used up its budget would not store its waker.
            if pin!(unconstrained(timer)).poll(cx).is_pending() {
                return due;
            }
            let now = Instant::now();
            if let Some(end) = self.end.as_deref().filter(|end| end.at <= now) {
                return Due::End(end.reason);
            }
            if self.notice_at().is_some_and(|time| time <= now) {
                due = Due::Notice;
                if let Some(end) = self.as_mut().project().end {
                    end.notice = None;
                }
                // The caller writes it before the next poll, so no keep-alive is due.
                *self.as_mut().project().last_write = Some(now);
            } else if self.silent_until(settings).is_some_and(|time| time <= now) {
                due = Due::KeepAlive;
                // The caller writes it before the next poll.
                *self.as_mut().project().last_write = Some(now);
            }
            self.as_mut().set_timer(settings);
        }
        due
    }

    /// Returns when the keep-alive is due, if nothing is written before.
    fn silent_until(&self, settings: &Settings) -> Option<Instant> {
        Some(later(self.last_write?, settings.keep_alive.beat()?.interval))
    }

    fn end_at(&self) -> Option<Instant> {
        self.end.as_ref().map(|end| end.at)
    }

    fn notice_at(&self) -> Option<Instant> {
        self.end.as_ref()?.notice
    }

    fn set_timer(self: Pin<&mut Self>, settings: &Settings) {
        let times = [self.silent_until(settings), self.notice_at(), self.end_at()];
        let next = times.into_iter().flatten().min();
        let mut timer = self.project().timer;
        match (timer.as_mut().as_pin_mut(), next) {
            (Some(timer), Some(next)) => timer.reset(next),
            (None, Some(next)) => timer.set(Some(sleep_until(next))),
            (_, None) => {}
        }
    }
}
