//! Topics that end, across a restart and after their events are evicted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use sse_core::Event;
use sse_hub::{
    Backend, BackendError, Hub, PublishError, Retention, Start, SubscribeError, TopicName,
    backend::{Control, Ended, LogEvent},
};
use sse_redb::{Durability, Journal, JournalBuilder};

use crate::{Place, all, append, restart::Server};

fn keeping(events: usize) -> JournalBuilder {
    let retention = Retention::default().events(events);
    Journal::builder().durability(Durability::Process).retention(retention)
}

async fn end(journal: &Journal, topic: &str) -> Result<u64, BackendError> {
    let topic = TopicName::new(topic.to_owned()).unwrap();
    let end = Control::End { last: None }.encode();
    journal.append(&topic, end).await.map(|at| at.position.lower())
}

fn is_ended(result: Result<u64, BackendError>) -> bool {
    result.is_err_and(|error| error.is_topic_ended())
}

#[tokio::test]
async fn an_end_survives_a_restart_with_its_events_and_without() {
    let place = Place::new();
    let server = Server::start(keeping(10), &place).await;
    server.publish("a", 1).await;
    let last = server.hub.end("a", Event::data("done")).await.unwrap();
    let silent = server.hub.end("c", None).await.unwrap();
    server.stop().await;

    // The end is still in the log, then only in the hub's memory, then in neither.
    for (events, is_known) in [(0, true), (20, true), (0, false)] {
        let server = Server::start(keeping(10), &place).await;
        for number in 0..events {
            server.publish("b", number).await;
        }
        for last in [&last, &silent] {
            let resumed = server.hub.subscribe_from(["a", "c"], last.clone()).map(drop);
            // An end without an event comes after the last event, as long as that is known.
            let has_all = last == &silent || is_known;
            assert_eq!(resumed.err(), has_all.then_some(SubscribeError::Ended), "{events}");
        }
        let resumed = server.hub.subscribe_from("a", last.clone());
        assert_eq!(resumed.err(), Some(SubscribeError::Ended));
        let more = server.hub.publish("a", Event::data("more")).await;
        assert_eq!(more, Err(PublishError::Ended));
        assert_eq!(server.hub.end("c", None).await, Err(PublishError::Ended));
        let earliest = server.hub.subscribe("a").unwrap().start(Start::Earliest);
        let frames: Vec<_> = earliest.opening(None).collect().await;
        let text =
            frames.iter().map(|frame| String::from_utf8_lossy(frame.as_bytes()).into_owned());
        assert_eq!(text.collect::<String>().contains("data: done\n"), is_known);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_tail_that_is_behind_gets_the_ends_below_the_floor() {
    let place = Place::new();
    let journal = keeping(3).open(&place.path).await.unwrap();
    let mut tail = journal.tail(sse_hub::Position::START);
    append(&journal, "data: 1\n\n").await.unwrap();
    let position = end(&journal, "a").await.unwrap();
    assert_eq!(position, 2);
    // A tail may read entries below the floor from memory.
    let large = vec![b'x'; 3 << 20];
    let topic = TopicName::new("b").unwrap();
    for _ in 0..5 {
        journal.append(&topic, large.clone().into()).await.unwrap();
    }
    let Some(Ok(LogEvent::Gap { floor, ended })) = tail.next().await else { panic!("a gap") };
    let a = TopicName::new("a").unwrap();
    let expected = [Ended { topic: a, position: sse_hub::Position::new(0, 2) }];
    assert_eq!((floor.lower(), &ended[..]), (4, &expected[..]));
    assert_eq!(journal.open().await.unwrap().ended, expected);
    assert!(is_ended(append(&journal, "data: 2\n\n").await));
    assert_eq!(journal.stats().head.lower(), 7, "a refused event takes no position");
    assert_eq!(all(&journal).await.len(), 3);
}

#[tokio::test]
async fn an_end_is_forgotten_after_its_time() {
    let place = Place::new();
    let clock = Arc::new(AtomicU64::new(1_000));
    let builder = || {
        let clock = Arc::clone(&clock);
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(SeqCst));
        keeping(3).remember_ends(Duration::from_secs(60)).clock(now)
    };
    let journal = builder().open(&place.path).await.unwrap();
    end(&journal, "a").await.unwrap();
    clock.store(1_059, SeqCst);
    assert!(is_ended(append(&journal, "data: 1\n\n").await));
    journal.close().await;

    let journal = builder().open(&place.path).await.unwrap();
    assert!(is_ended(append(&journal, "data: 1\n\n").await));
    clock.store(1_060, SeqCst);
    append(&journal, "data: 2\n\n").await.expect("it begins again");
    end(&journal, "a").await.expect("it may end again");
    for number in 0..10 {
        end(&journal, &format!("other {number}")).await.unwrap();
    }
    journal.close().await;
    let journal = builder().open(&place.path).await.unwrap();
    assert!(is_ended(append(&journal, "data: 3\n\n").await));
    assert!(journal.open().await.unwrap().ended.iter().any(|ended| &*ended.topic == "a"));
    clock.store(2_000, SeqCst);
    end(&journal, "last").await.unwrap();
    assert_eq!(journal.open().await.unwrap().ended, [], "all others are forgotten");
}

#[tokio::test]
async fn ends_count_in_the_bytes_and_the_oldest_are_forgotten() {
    let place = Place::new();
    let retention = Retention::default().bytes(40_000);
    let builder = || Journal::builder().durability(Durability::Process).retention(retention);
    let journal = builder().open(&place.path).await.unwrap();
    for number in 0..1_000 {
        end(&journal, &format!("topic {number:04}")).await.unwrap();
    }
    let others = journal.stats().bytes;
    assert!(others <= 30_000, "{others} bytes, and a quarter of 40,000 for the ends");
    journal.close().await;
    let journal = builder().open(&place.path).await.unwrap();
    assert!(is_ended(end(&journal, "topic 0999").await));
    assert!(is_ended(end(&journal, "topic 0700").await));
    end(&journal, "topic 0000").await.expect("it is forgotten");
}

#[tokio::test]
async fn a_journal_that_never_had_an_end_is_opened_as_before() {
    let place = Place::new();
    let journal = keeping(3).open(&place.path).await.unwrap();
    append(&journal, "data: 1\n\n").await.unwrap();
    assert_eq!(journal.open().await.unwrap().ended, []);
    let hub = Hub::builder().open(journal).await.unwrap();
    assert_eq!(hub.stats().topics, 1);
}
