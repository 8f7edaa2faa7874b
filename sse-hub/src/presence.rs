//! How many subscribers a topic has, as it changes.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::{Sleep, sleep};

use crate::{SubscribeError, TopicName, inner::Inner, shared::Slot};

/// How many subscribers a topic has: a stream of the number now, then of each change, but not more often
/// than once a second.
///
/// The first change after a quiet time comes at once; those that follow within a second become one. So
/// clients that connect and leave all the time cost watchers little. [`every`](Self::every)
/// sets another interval.
///
/// Has to be polled on a Tokio runtime with a timer.
#[derive(Debug)]
pub struct Presence {
    inner: Arc<Inner>,
    topic: usize,
    slot: Slot,
    seen: Option<usize>,
    interval: Duration,
    /// Delays the next number until the interval has passed. In a box, since it must not move.
    quiet: Option<Pin<Box<Sleep>>>,
}

impl Presence {
    pub(crate) fn new(inner: Arc<Inner>, name: &TopicName) -> Result<Self, SubscribeError> {
        let topic = inner.hold(name).map_err(|limit| SubscribeError::HubFull { limit })?;
        let slot = inner.change(|_, waiters| waiters.open());
        Ok(Self { inner, topic, slot, seen: None, interval: Duration::from_secs(1), quiet: None })
    }

    /// Sets the shortest time between two numbers. Default: 1 second. With zero, every change is
    /// reported, and each connecting client wakes all watchers.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Returns the number now.
    pub fn count(&self) -> usize {
        self.inner.shared.look(|state| state.subscribers_of(self.topic))
    }
}

/// Ends when the hub drains.
impl Stream for Presence {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let Self { inner, topic, slot, seen, interval, quiet } = &mut *self;
        if quiet.as_mut().is_some_and(|quiet| quiet.as_mut().poll(cx).is_ready()) {
            *quiet = None;
            slot.forget();
        }
        let (wait, key) = (quiet.is_none(), slot.key());
        let count = inner
            .shared
            .poll(slot, cx.waker(), |state, _| state.read_presence(*topic, key, *seen, wait));
        count.map(|count| {
            *seen = count;
            if count.is_some() && !interval.is_zero() {
                *quiet = Some(Box::pin(sleep(*interval)));
            }
            count
        })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Self { inner, topic, slot, .. } = self;
        inner.change(|state, waiters| {
            state.unwatch(*topic, slot.key(), waiters);
            waiters.close(slot);
        });
    }
}
