//! Many tasks and publishers on a real runtime: no task waits forever, and each gets all events in order.

use std::{thread, time::Duration};

use futures_util::StreamExt;
use sse_core::{Decoder, Event, EventId, StreamItem};
use sse_hub::{Delivery, Hub, Subscription};

use crate::keeping;

const SUBSCRIBERS: usize = 100;
const PUBLISHERS: usize = 4;
const EVENTS: usize = 250;

/// Publishes `0 0`, `0 1`, ..: the publisher's number and its event's.
fn publishers(hub: &Hub) -> Vec<thread::JoinHandle<()>> {
    let publisher = |number| {
        let hub = hub.clone();
        thread::spawn(move || {
            for event in 0..EVENTS {
                let event = Event::data(format!("{number} {event}"));
                hub.publish_now(["a", "b"][number % 2], event).expect("published");
                // Lets readers wait in between.
                if number == 0 {
                    thread::yield_now();
                }
            }
        })
    };
    (0..PUBLISHERS).map(publisher).collect()
}

fn position(id: &EventId) -> u64 {
    id.rsplit_once('.').and_then(|(_, at)| at.parse().ok()).expect("a position")
}

/// Reads until `done`; a lost wake-up would make it wait forever.
async fn read(mut subscription: Subscription, done: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    let mut last = 0;
    while !done(&events) {
        let next = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await;
        decoder.feed_bytes(next.expect("woken").expect("not drained").into_bytes());
        for event in decoder.by_ref().filter_map(|item| item.map(StreamItem::into_event).ok()?) {
            let at = position(event.id.as_ref().expect("an ID"));
            assert!(at > last, "{at} after {last}");
            last = at;
            events.push(event.data.as_deref().expect("data").to_owned());
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_task_gets_every_event_in_order() {
    each_gets_all(&keeping(usize::MAX)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_task_gets_every_event_in_order_from_backgrounds() {
    let hub = keeping(usize::MAX);
    let backgrounds = [tokio::spawn(hub.background()), tokio::spawn(hub.background())];
    each_gets_all(&hub).await;
    drop(hub);
    for background in backgrounds {
        background.await.expect("ends with the hub");
    }
}

async fn each_gets_all(hub: &Hub) {
    let tasks: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| {
            let subscription = hub.subscribe(["a", "b"]).expect("within the limits");
            let subscription = subscription.start(sse_hub::Start::Earliest).opening(None);
            tokio::spawn(read(subscription, |events| events.len() >= PUBLISHERS * EVENTS))
        })
        .collect();
    let publishers = publishers(hub);
    for task in tasks {
        let events = task.await.expect("does not panic");
        for number in 0..PUBLISHERS {
            let of_one = events.iter().filter(|event| event.starts_with(&format!("{number} ")));
            let expected = (0..EVENTS).map(|event| format!("{number} {event}"));
            assert!(of_one.eq(expected.collect::<Vec<_>>().iter()), "publisher {number}");
        }
    }
    publishers.into_iter().for_each(|publisher| publisher.join().expect("publishes"));
    assert_eq!(hub.stats().subscribers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_task_gets_the_latest_event_at_last() {
    let hub = keeping(1);
    let tasks: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| {
            let subscription = hub.subscribe(["a", "b"]).expect("within the limits");
            let subscription = subscription.delivery(Delivery::Latest).opening(None);
            tokio::spawn(read(subscription, |events| {
                events.iter().any(|event| event == "end a")
                    && events.iter().any(|event| event == "end b")
            }))
        })
        .collect();
    tokio::task::yield_now().await;
    publishers(&hub).into_iter().for_each(|publisher| publisher.join().expect("publishes"));
    let joined = async {
        while hub.topic_stats("b").is_none_or(|stats| stats.subscribers < SUBSCRIBERS) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), joined).await.expect("all have joined");
    hub.publish_now("a", Event::data("end a")).expect("published");
    hub.publish_now("b", Event::data("end b")).expect("published");
    for task in tasks {
        task.await.expect("does not panic");
    }
}
