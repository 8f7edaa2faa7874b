//! A hub on the backend, its background, and a client of it.

use std::time::Duration;

use futures_util::StreamExt;
use sse_core::{Decoder, Event, EventId, StreamItem};
use sse_hub::{Hub, PublishError, Retention, Start, Subscription};
use sse_redis::{RedisBackend, RedisBackendBuilder};
use tokio::{select, sync::watch, task::AbortHandle, time::timeout};

use crate::server::Server;

/// A hub on the backend, and its background.
pub(crate) struct Node {
    pub(crate) hub: Hub,
    paused: watch::Sender<bool>,
    background: AbortHandle,
}

impl Node {
    pub(crate) async fn on(server: &Server) -> Self {
        Self::of(backend(server)).await
    }

    pub(crate) async fn of(backend: RedisBackendBuilder) -> Self {
        let backend = backend.build().expect("valid settings");
        let builder = Hub::builder().retention(Retention::default().events(100_000));
        let hub = builder.open(backend).await.expect("opens");
        let mut background = hub.background();
        let (paused, mut gate) = watch::channel(false);
        let background = tokio::spawn(async move {
            loop {
                let paused = *gate.borrow_and_update();
                select! {
                    changed = gate.changed() => if changed.is_err() { return },
                    () = &mut background, if !paused => return,
                }
            }
        });
        Self { hub, paused, background: background.abort_handle() }
    }

    /// Pauses the tail without closing its connection.
    pub(crate) fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    pub(crate) async fn publish(&self, data: impl ToString) -> EventId {
        self.try_publish(data).await.expect("published")
    }

    pub(crate) async fn try_publish(&self, data: impl ToString) -> Result<EventId, PublishError> {
        self.hub.publish("a", Event::data(data.to_string())).await
    }

    /// Returns a client that begins with the oldest kept event.
    pub(crate) fn client(&self) -> Client {
        Client::of(self.hub.subscribe("a").expect("subscribes").start(Start::Earliest))
    }

    /// Waits until the hub reports that the log cannot be followed, or no longer does.
    pub(crate) async fn backend_error(&self, expected: bool) -> Option<String> {
        for _ in 0..1_500 {
            let error = self.hub.stats().backend_error;
            if error.is_some() == expected {
                return error.map(|error| error.to_string());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("an error of the backend: expected {expected}, is {:?}", self.hub.stats());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.background.abort();
    }
}

/// Settings with a deadline that a busy machine keeps.
pub(crate) fn backend(server: &Server) -> RedisBackendBuilder {
    RedisBackend::builder(&server.url()).deadline(Duration::from_secs(10))
}

/// An event or gap that a client has received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Event { id: String, data: String },
    Gap { reason: String, id: String },
}

/// A client: frames in, events out.
pub(crate) struct Client {
    subscription: Subscription,
    decoder: Decoder,
}

impl Client {
    pub(crate) fn of(subscription: Subscription) -> Self {
        Self { subscription: subscription.opening(None), decoder: Decoder::new() }
    }

    pub(crate) async fn next(&mut self) -> Seen {
        timeout(Duration::from_secs(20), async {
            loop {
                if let Some(item) = self.decoder.next() {
                    let Ok(StreamItem::Event(event)) = item else { panic!("{item:?}") };
                    let id = self.decoder.last_event_id().to_owned();
                    let data = event.data.as_deref().unwrap_or_default().to_owned();
                    let Some(name) = event.event else { return Seen::Event { id, data } };
                    assert_eq!(name.as_str(), "gap");
                    let reason = data.split('"').nth(3).expect("a reason").to_owned();
                    return Seen::Gap { reason, id };
                }
                let frame = self.subscription.next().await.expect("the hub has not drained");
                self.decoder.feed_bytes(frame.into_bytes());
            }
        })
        .await
        .expect("something comes")
    }

    /// Reads up to an event with this data; returns the data of events, and the reasons of gaps.
    pub(crate) async fn until(&mut self, last: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            seen.push(match self.next().await {
                Seen::Event { data, .. } => data,
                Seen::Gap { reason, .. } => format!("gap {reason}"),
            });
            if seen.last().is_some_and(|seen| seen == last) {
                return seen;
            }
        }
    }
}
