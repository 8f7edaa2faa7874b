//! How many subscribers a topic has, as it changes.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{
    TopicName,
    hub::Inner,
    shared::{Found, Slot},
};

/// How many subscribers a topic has: a stream of the number now, then of each change. Changes that
/// come faster than it is read become one.
#[derive(Debug)]
pub struct Presence {
    inner: Arc<Inner>,
    topic: usize,
    slot: Slot,
    watcher: usize,
    seen: Option<usize>,
}

impl Presence {
    pub(crate) fn new(inner: Arc<Inner>, name: TopicName) -> Self {
        let (topic, (slot, watcher)) = inner.shared.change(|state, waiters| {
            let topic = state.topic(&name);
            (topic, state.watch(topic, waiters))
        });
        Self { inner, topic, slot, watcher, seen: None }
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
        let Self { inner, topic, slot, seen, .. } = &mut *self;
        inner.shared.poll(slot, cx.waker(), |state, _| {
            let count = state.subscribers_of(*topic);
            if state.drained {
                Found::Some(None)
            } else if seen.replace(count) == Some(count) {
                Found::Nothing
            } else {
                Found::All(Some(count))
            }
        })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Self { inner, topic, slot, watcher, .. } = self;
        inner.shared.change(|state, waiters| state.unwatch(*topic, slot, *watcher, waiters));
    }
}
