//! The one timer of a body.

use std::{pin::Pin, task::Context, time::Duration};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Config, EndReason, shutdown::Plan, window::later};

pin_project! {
    /// The one timer of a body: keep-alive, maximum age and the moment to end in a drain.
    ///
    /// An event does not touch the timer: when it fires, it is set to what is next by then.
    #[derive(Debug, Default)]
    pub(super) struct Clock {
        #[pin]
        timer: Option<Sleep>,
        last_write: Option<Instant>,
        // Of the keep-alive.
        interval: Option<Duration>,
        end: Option<(Instant, EndReason)>,
    }
}

/// What the time has come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    KeepAlive,
    End(EndReason),
}

impl Due {
    pub(super) fn end(self) -> Option<EndReason> {
        match self {
            Self::End(reason) => Some(reason),
            Self::Nothing | Self::KeepAlive => None,
        }
    }
}

impl Clock {
    pub(super) fn start(mut self: Pin<&mut Self>, config: &Config) {
        let now = Instant::now();
        let this = self.as_mut().project();
        *this.last_write = Some(now);
        *this.interval = config.keep_alive.beat().map(|beat| beat.interval);
        *this.end = config.max_age.map(|age| (later(now, age.draw()), EndReason::MaxAge));
        self.set_timer();
    }

    /// Sets the moment to end, somewhere in the drain's spread; an end before that stays.
    pub(super) fn drain(mut self: Pin<&mut Self>, plan: &Plan) {
        let turn = later(plan.began, plan.drain.turn());
        let this = self.as_mut().project();
        if this.end.is_none_or(|(end, _)| turn < end) {
            *this.end = Some((turn, EndReason::Shutdown));
            self.set_timer();
        }
    }

    pub(super) fn wrote(self: Pin<&mut Self>) {
        *self.project().last_write = Some(Instant::now());
    }

    pub(super) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Due {
        let mut due = Due::Nothing;
        // A timer that is set anew has to be polled again, or it would not wake us.
        while let Some(timer) = self.as_mut().project().timer.as_pin_mut() {
            if timer.poll(cx).is_pending() {
                return due;
            }
            let now = Instant::now();
            if let Some((_, reason)) = self.end.filter(|(end, _)| *end <= now) {
                return Due::End(reason);
            }
            if self.silent_until().is_some_and(|time| time <= now) {
                due = Due::KeepAlive;
                // Not written yet, but it will be before the next poll.
                *self.as_mut().project().last_write = Some(now);
            }
            self.as_mut().set_timer();
        }
        due
    }

    /// When the keep-alive is due if nothing is written before.
    fn silent_until(&self) -> Option<Instant> {
        Some(later(self.last_write?, self.interval?))
    }

    fn set_timer(self: Pin<&mut Self>) {
        let next = match (self.silent_until(), self.end) {
            (Some(silence), Some((end, _))) => Some(silence.min(end)),
            (silence, end) => silence.or(end.map(|(end, _)| end)),
        };
        let mut timer = self.project().timer;
        match (timer.as_mut().as_pin_mut(), next) {
            (Some(timer), Some(next)) => timer.reset(next),
            (None, Some(next)) => timer.set(Some(sleep_until(next))),
            (_, None) => {}
        }
    }
}
