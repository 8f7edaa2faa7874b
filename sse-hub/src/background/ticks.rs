//! The timer of a hub's background.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

#[cfg(feature = "tokio")]
use {
    std::{future::Future, pin::Pin, task::ready},
    tokio::{
        runtime::Handle,
        time::{self, Sleep, sleep},
    },
};

/// The timer of a hub's background: Tokio's, or none without the feature or outside of a Tokio runtime.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    // Boxed, since it must not move.
    #[cfg(feature = "tokio")]
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Ticks {
    /// - `Ready(now)`: `every` has passed since the first poll, or since the last time this was ready.
    /// - `Pending`: the task is woken when it has, if there is a timer.
    #[cfg(feature = "tokio")]
    pub(super) fn poll(&mut self, every: Duration, cx: &mut Context<'_>) -> Poll<Instant> {
        if Handle::try_current().is_err() {
            return Poll::Pending;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(every)));
        ready!(sleep.as_mut().poll(cx));
        let now = time::Instant::now();
        sleep.as_mut().reset(now + every);
        Poll::Ready(now.into_std())
    }

    #[cfg(not(feature = "tokio"))]
    pub(super) fn poll(&mut self, _every: Duration, _cx: &mut Context<'_>) -> Poll<Instant> {
        Poll::Pending
    }
}
