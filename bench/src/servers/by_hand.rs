//! A topic that clients can resume, as one would write it without a hub.

use std::sync::{Mutex, PoisonError};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::broadcast;

use super::bus::follow;

/// A list of all events and a channel. Both are read under one lock, so that no event is lost between
/// them.
#[derive(Debug)]
pub(super) struct ByHand<T> {
    events: Mutex<Vec<T>>,
    sender: broadcast::Sender<T>,
}

impl<T: Clone + Send + Sync + 'static> ByHand<T> {
    pub(super) fn publish(&self, event: T) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event.clone());
        // An error only means that there are no subscribers.
        drop(self.sender.send(event));
    }

    fn resume(&self) -> (Vec<T>, broadcast::Receiver<T>) {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        (events.clone(), self.sender.subscribe())
    }
}

impl<T: Clone> Default for ByHand<T> {
    fn default() -> Self {
        // The hub keeps about as many events by default.
        Self { events: Mutex::default(), sender: broadcast::channel(1_024).0 }
    }
}

/// Yields all events of these topics, topic by topic, and then the events that are published to them.
pub(super) fn resume<T: Clone + Send + Sync + 'static>(
    topics: &[&ByHand<T>],
) -> impl Stream<Item = T> + Send + Sync + use<T> {
    let (mut past, mut live) = (Vec::new(), Vec::new());
    for (events, receiver) in topics.iter().map(|topic| topic.resume()) {
        past.extend(events);
        live.push(Box::pin(follow(receiver)));
    }
    stream::iter(past).chain(stream::select_all(live))
}
