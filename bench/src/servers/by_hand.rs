//! A topic that can be resumed, as one would write it without a hub.

use std::sync::{Mutex, PoisonError};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::broadcast;

use super::bus::follow;

/// A list of all events beside a channel, which are read under one lock so that nothing is lost
/// between them.
#[derive(Debug)]
pub(super) struct ByHand<T> {
    events: Mutex<Vec<T>>,
    sender: broadcast::Sender<T>,
}

impl<T: Clone + Send + Sync + 'static> ByHand<T> {
    pub(super) fn publish(&self, event: T) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event.clone());
        // That nobody listens is not an error.
        drop(self.sender.send(event));
    }

    fn resume(&self) -> (Vec<T>, broadcast::Receiver<T>) {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        (events.clone(), self.sender.subscribe())
    }
}

impl<T: Clone> Default for ByHand<T> {
    fn default() -> Self {
        // As many as the hub keeps by default, about.
        Self { events: Mutex::default(), sender: broadcast::channel(1_024).0 }
    }
}

/// All events of these topics, topic by topic, then what is published to them.
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
