//! A hub on a journal, and its clients, across a restart.

use std::time::Duration;

use futures_util::StreamExt;
use sse_core::{Decoder, Event, LastEventId, StreamItem};
use sse_hub::{Hub, Retention, Start, Subscription};
use sse_redb::{Durability, Journal, JournalBuilder};
use tokio::task::JoinHandle;

use crate::Place;

pub(crate) struct Server {
    pub(crate) hub: Hub,
    background: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(builder: JournalBuilder, place: &Place) -> Self {
        let journal = builder.open(&place.path).await.unwrap();
        let hub = Hub::builder().open(journal).await.unwrap();
        let background = tokio::spawn(hub.background());
        Self { hub, background }
    }

    pub(crate) async fn stop(self) {
        let Self { hub, background } = self;
        drop(hub);
        let ended = tokio::time::timeout(Duration::from_secs(10), background);
        ended.await.expect("no handle is left").unwrap();
    }

    pub(crate) async fn publish(&self, topic: &str, text: impl ToString) {
        self.hub.publish(topic, Event::data(text.to_string())).await.unwrap();
    }
}

/// Reads `count` events; returns their types and data, and the last event ID.
pub(crate) async fn read(subscription: Subscription, count: usize) -> (Vec<String>, LastEventId) {
    let mut subscription = subscription.opening(None);
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    while events.len() < count {
        let frame = tokio::time::timeout(Duration::from_secs(10), subscription.next());
        decoder.feed_bytes(frame.await.expect("in time").expect("no end").into_bytes());
        events.extend(decoder.by_ref().map(|item| match item {
            Ok(StreamItem::Event(event)) => {
                let name = event.event.map_or(String::new(), |name| format!("{name}: "));
                name + event.data.as_deref().unwrap_or_default()
            }
            other => panic!("{other:?}"),
        }));
    }
    (events, LastEventId::from_request(decoder.resume_header(), None))
}

#[tokio::test]
async fn a_client_that_reconnects_after_a_restart_gets_what_it_missed() {
    for durability in [Durability::Process, Durability::Disk] {
        let place = Place::new();
        let builder = || Journal::builder().durability(durability);
        let server = Server::start(builder(), &place).await;
        for number in 1..=5 {
            server.publish("a", number).await;
            server.publish("b", number * 10).await;
        }
        let subscription = server.hub.subscribe("a").unwrap().start(Start::Earliest);
        let (seen, last) = read(subscription, 5).await;
        assert_eq!(seen, ["1", "2", "3", "4", "5"]);
        for number in 6..=8 {
            server.publish("a", number).await;
        }
        server.stop().await;

        let server = Server::start(builder(), &place).await;
        server.publish("a", 9).await;
        server.publish("b", 90).await;
        let (missed, _) = read(server.hub.subscribe("a").unwrap().resume(last.clone()), 4).await;
        assert_eq!(missed, ["6", "7", "8", "9"]);
        let (missed, _) = read(server.hub.subscribe(["a", "b"]).unwrap().resume(last), 6).await;
        assert_eq!(missed, ["50", "6", "7", "8", "9", "90"]);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_was_away_for_too_long_gets_a_gap() {
    let place = Place::new();
    let builder = || {
        Journal::builder().durability(Durability::Process).retention(Retention::default().events(3))
    };
    let server = Server::start(builder(), &place).await;
    server.publish("a", 1).await;
    let subscription = server.hub.subscribe("a").unwrap().start(Start::Earliest);
    let (_, last) = read(subscription, 1).await;
    for number in 2..=9 {
        server.publish("a", number).await;
    }
    server.stop().await;

    let server = Server::start(builder(), &place).await;
    let (seen, _) = read(server.hub.subscribe("a").unwrap().resume(last), 4).await;
    assert!(seen[0].starts_with("gap: {\"reason\":\"trimmed\""), "{seen:?}");
    assert_eq!(seen[1..], ["7", "8", "9"]);
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_followed_by_a_new_epoch() {
    let place = Place::new();
    let server = Server::start(Journal::builder(), &place).await;
    server.publish("a", 1).await;
    let subscription = server.hub.subscribe("a").unwrap().start(Start::Earliest);
    let (_, last) = read(subscription, 1).await;
    server.stop().await;
    std::fs::rename(&place.path, place.path.with_extension("old")).unwrap();

    let server = Server::start(Journal::builder(), &place).await;
    server.publish("a", "new").await;
    let (seen, _) = read(server.hub.subscribe("a").unwrap().resume(last), 2).await;
    assert!(seen[0].starts_with("gap: {\"reason\":\"foreign\""), "{seen:?}");
    assert_eq!(seen[1], "new");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_is_ahead_of_an_older_copy_gets_a_gap() {
    let place = Place::new();
    let copy = place.path.with_extension("copy");
    let server = Server::start(Journal::builder(), &place).await;
    server.publish("a", "1").await;
    server.stop().await;
    std::fs::copy(&place.path, &copy).unwrap();

    let server = Server::start(Journal::builder(), &place).await;
    server.publish("a", "2").await;
    let subscription = server.hub.subscribe("a").unwrap().start(Start::Earliest);
    let (seen, last) = read(subscription, 2).await;
    assert_eq!(seen, ["1", "2"]);
    server.stop().await;
    std::fs::rename(&copy, &place.path).unwrap();

    let server = Server::start(Journal::builder(), &place).await;
    let subscription = server.hub.subscribe("a").unwrap().resume(last);
    let (seen, last) = read(subscription, 2).await;
    assert!(seen[0].starts_with("gap: {\"reason\":\"future\""), "{seen:?}");
    assert_eq!(seen[1], "1");
    server.publish("a", "another 2").await;
    let subscription = server.hub.subscribe("a").unwrap().resume(last);
    assert_eq!(read(subscription, 1).await.0, ["another 2"]);
    server.stop().await;
}

#[tokio::test]
async fn a_hub_is_closed_once_its_background_resolves() {
    let place = Place::new();
    for number in 1..=1_000 {
        let builder = Journal::builder()
            .durability(Durability::Process)
            .retention(Retention::default().events(3));
        let server = Server::start(builder, &place).await;
        assert_eq!(server.hub.position().lower(), number - 1, "all that was published is there");
        server.publish("a", number).await;
        server.stop().await;
    }
}
