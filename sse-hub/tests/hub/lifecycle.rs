//! Subscribers: joining, leaving, counting and draining.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_util::{FutureExt, Stream};
use sse_core::Event;
use sse_hub::{
    Delivery, Hub, MemoryBackend, PublishError, Retention, Start, SubscribeError, SubscriberCount,
};

use crate::{poll, publish, read, text};

fn subscribers(hub: &Hub, topic: &str) -> Option<usize> {
    hub.topic_stats(topic).map(|stats| stats.subscribers)
}

fn changed(count: &mut SubscriberCount) -> Option<usize> {
    match Pin::new(count).poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(count) => Some(count.expect("never ends")),
        Poll::Pending => None,
    }
}

/// Returns the result of a task; one that is not woken would wait forever.
async fn woken<T>(task: tokio::task::JoinHandle<T>) -> T {
    let given = tokio::time::timeout(Duration::from_secs(10), task).await;
    given.expect("woken").expect("does not panic")
}

#[test]
fn a_subscription_joins_at_its_first_poll_and_leaves_when_dropped() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(["a", "b"]).expect("within the limits");
    assert_eq!((hub.stats().subscribers, hub.stats().topics), (1, 0));
    publish(&hub, "a", "before the first poll");

    assert_eq!(text(&hub, &mut subscription), crate::opening("E.1", false));
    assert_eq!((subscribers(&hub, "a"), subscribers(&hub, "b")), (Some(1), Some(1)));
    assert!(poll(&mut subscription).is_pending());

    drop(subscription);
    assert_eq!((subscribers(&hub, "a"), subscribers(&hub, "b")), (Some(0), None));
    assert_eq!((hub.stats().subscribers, hub.stats().topics), (0, 1));
}

#[test]
fn a_subscription_that_is_never_polled_leaves_nothing() {
    let hub = Hub::new();
    drop(hub.subscribe("a").expect("within the limits"));
    assert_eq!((hub.stats().subscribers, hub.stats().topics), (0, 0));
}

#[test]
fn a_subscriber_count_is_the_current_number_and_each_change() {
    let hub = Hub::new();
    let mut count = hub.subscriber_count("a").expect("a valid name").every(Duration::ZERO);
    assert_eq!((changed(&mut count), changed(&mut count)), (Some(0), None));

    let mut one = hub.subscribe(["a", "b"]).expect("within the limits");
    assert_eq!(changed(&mut count), None, "not polled yet");
    read(&mut one);
    assert_eq!((changed(&mut count), changed(&mut count)), (Some(1), None));
    let mut other = hub.subscribe("a").expect("within the limits");
    read(&mut other);
    assert_eq!(count.current(), 2);
    drop(one);
    assert_eq!(changed(&mut count), None, "two changes that come to nothing");
    drop(other);
    assert_eq!(changed(&mut count), Some(0));

    assert_eq!(hub.stats().topics, 1, "a topic that is watched stays");
    drop(count);
    assert_eq!(hub.stats().topics, 0);
}

#[tokio::test]
async fn a_subscriber_count_may_be_reported_once_and_never_again() {
    use futures_util::StreamExt;
    let hub = Hub::new();
    let mut count = hub.subscriber_count("a").expect("a valid name").every(Duration::MAX);
    assert_eq!(count.next().await, Some(0));
    assert_eq!(count.next().now_or_never(), None);
}

#[tokio::test]
async fn a_subscriber_count_wakes_its_watcher() {
    use futures_util::StreamExt;
    let hub = Hub::new();
    let mut count = hub.subscriber_count("a").expect("a valid name");
    assert_eq!(count.next().await, Some(0));
    let watcher = tokio::spawn(async move { count.next().await });
    tokio::task::yield_now().await;
    let mut subscription = hub.subscribe("a").expect("within the limits");
    read(&mut subscription);
    assert_eq!(woken(watcher).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn changes_within_a_second_become_one() {
    use futures_util::StreamExt;
    let hub = Hub::new();
    let mut count = hub.subscriber_count("a").expect("a valid name");
    assert_eq!(count.next().await, Some(0));
    tokio::time::sleep(Duration::from_secs(2)).await;

    let begun = tokio::time::Instant::now();
    let (mut all, mut counts) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let mut subscription = hub.subscribe("a").expect("within the limits");
        read(&mut subscription);
        all.push(subscription);
        counts.extend(count.next().now_or_never().flatten());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(counts, [1], "the first at once, and then none for a second");
    let last = tokio::time::timeout(Duration::from_secs(10), count.next()).await;
    assert_eq!(last, Ok(Some(100)), "the last is not missed");
    assert_eq!(begun.elapsed().as_secs(), 1);
    drop(all);
    hub.drain();
    assert_eq!(count.next().now_or_never(), Some(None), "a drain does not wait");
}

#[test]
fn a_drain_ends_each_subscription_after_what_is_pending() {
    let hub = Hub::new();
    let topic = hub.topic("a").expect("a valid name");
    let mut waiting = hub.subscribe("a").expect("within the limits");
    let mut behind = hub.subscribe("a").expect("within the limits");
    let mut new = hub.subscribe("a").expect("within the limits").start(Start::Earliest);
    text(&hub, &mut waiting);
    text(&hub, &mut behind);
    publish(&hub, "a", "1");
    let event = text(&hub, &mut waiting);
    hub.drain();

    assert_eq!(hub.publish_now("a", Event::data("2")), Err(PublishError::Drained));
    assert_eq!(topic.publish_now(Event::data("2")), Err(PublishError::Drained));
    assert_eq!(hub.subscribe("a").err(), Some(SubscribeError::Drained));
    assert_eq!(read(&mut waiting), (String::new(), true));
    let (rest, ended) = read(&mut behind);
    assert!(rest.ends_with(event.split_once('\n').expect("lines").1) && ended);
    let (all, ended) = read(&mut new);
    assert!(all.starts_with(crate::OPENING) && all.ends_with("data: 1\n\n") && ended);
    assert_eq!(poll(&mut new), Poll::Ready(None), "and stays so");
    assert_eq!(subscribers(&hub, "a"), Some(0));
}

#[tokio::test]
async fn a_drain_wakes_waiting_subscribers() {
    use futures_util::StreamExt;
    let hub = Hub::new();
    let mut subscription = hub.subscribe("a").expect("within the limits");
    assert!(subscription.next().await.is_some());
    let reader = tokio::spawn(async move { subscription.next().await });
    tokio::task::yield_now().await;
    hub.drain();
    assert_eq!(woken(reader).await, None);
}

#[test]
fn the_latest_are_the_newest_of_each_topic() {
    let hub = Hub::new();
    let subscription = hub.subscribe(["a", "b", "c"]).expect("within the limits");
    let mut subscription = subscription.delivery(Delivery::Latest);
    assert_eq!(text(&hub, &mut subscription), crate::opening("E.0", false));
    for (topic, data) in [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4"), ("a", "5")] {
        publish(&hub, topic, data);
    }
    assert_eq!(text(&hub, &mut subscription), "id: E.4\ndata: 4\n\nid: E.5\ndata: 5\n\n");
    publish(&hub, "c", "6");
    assert_eq!(text(&hub, &mut subscription), "id: E.6\ndata: 6\n\n");
    assert_eq!(text(&hub, &mut subscription), "");
}

#[test]
fn a_handle_keeps_its_topic_and_publishes_in_the_hub_s_order() {
    let hub = Hub::new();
    let topic = hub.topic("a").expect("a valid name");
    hub.tick(Instant::now());
    assert_eq!(hub.stats().topics, 1);
    let mut subscription = hub.subscribe(["a", "b"]).expect("within the limits");
    text(&hub, &mut subscription);
    topic.publish_now(Event::data("1")).expect("published");
    publish(&hub, "b", "2");
    topic.publish_now(Event::data("3")).expect("published");
    let expected: String = (1..=3).map(|at| format!("id: E.{at}\ndata: {at}\n\n")).collect();
    assert_eq!(text(&hub, &mut subscription), expected);
    assert_eq!(topic.name().as_str(), "a");
}

#[tokio::test]
async fn a_handle_does_with_a_backend_what_the_hub_does() {
    use futures_util::StreamExt;
    let hub = Hub::builder().open(MemoryBackend::new(10)).await.expect("opens");
    let background = tokio::spawn(hub.background());
    let topic = hub.topic("a".to_owned()).expect("a valid name");
    let another = topic.clone();
    let mut count = topic.subscriber_count();
    assert_eq!((count.next().await, count.current()), (Some(0), 0));
    drop(topic);
    let mut events = another.subscribe().expect("within the limits").opening(None);
    assert_eq!(events.next().now_or_never(), None);
    assert_eq!(count.current(), 1);

    assert_eq!(another.publish_now(Event::data("1")), Err(PublishError::NeedsAwait));
    let id = another.publish(Event::data("1")).await.expect("published");
    let frame = woken(tokio::spawn(async move { events.next().await })).await;
    let expected = format!("id: {id}\ndata: 1\n\n");
    assert_eq!(frame.expect("an event").as_bytes(), expected.as_bytes());
    assert_eq!((another.stats().events, another.stats().subscribers), (1, 0));

    hub.drain();
    assert_eq!(another.publish(Event::data("2")).await, Err(PublishError::Drained));
    assert_eq!(another.subscribe().err(), Some(SubscribeError::Drained));
    drop((hub, another, count));
    woken(background).await;
}

#[test]
fn time_evicts_old_events_and_unused_topics() {
    let age = Duration::from_secs(80);
    let hub = Hub::builder().retention(Retention::default().age(age)).build();
    let start = Instant::now();
    publish(&hub, "a", "1");
    hub.tick(start + age / 2);
    publish(&hub, "a", "2");
    let events = || hub.topic_stats("a").map(|stats| stats.events);
    hub.tick(start + age * 3 / 4);
    assert_eq!(events(), Some(2));
    hub.tick(start + age * 5 / 4);
    assert_eq!(events(), Some(1));
    hub.tick(start); // time does not go back
    assert_eq!(events(), Some(1));
    hub.tick(start + age * 2);
    assert_eq!((events(), hub.stats().log_bytes), (None, 0));
}
