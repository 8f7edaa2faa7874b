//! A hub on a backend, and its background.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use sse_core::{Decoder, Event, LastEventId, StreamItem};

use super::*;
use crate::{
    BackendError, BackgroundError, Hub, MemoryBackend, Position, PublishError, Retention, Start,
    SubscribeError, Subscription, TopicName,
    backend::{self, Appended, BackendFuture, Entry, LogEvent, Opened, Page, TailStream},
    log::MAX_EVENT_BYTES,
};

/// A node: a hub on the backend, and its background.
pub(super) async fn node(backend: &MemoryBackend) -> (Hub, Background) {
    let builder = Hub::builder().retention(Retention::default().events(100));
    with_background(builder.open(backend.clone()).await.expect("opens"))
}

pub(super) fn with_background(hub: Hub) -> (Hub, Background) {
    let background = hub.background();
    (hub, background)
}

pub(super) fn fill(background: &mut Background) {
    assert_eq!(background.now_or_never(), None, "a tail has no end");
}

/// Reads the events that are ready for a client: their types and data, and the last event ID.
pub(super) fn read(subscription: &mut Subscription) -> (Vec<String>, LastEventId) {
    let mut decoder = Decoder::new();
    while let Some(Some(frame)) = subscription.next().now_or_never() {
        decoder.feed_bytes(frame.into_bytes());
    }
    let text = |item| match item {
        Ok(StreamItem::Event(event)) => {
            let name = event.event.map_or(String::new(), |name| format!("{name}: "));
            name + event.data.as_deref().unwrap_or_default()
        }
        other => panic!("{other:?}"),
    };
    let events = decoder.by_ref().map(text);
    let events = events.filter(|event| !event.starts_with("subscribed: ")).collect();
    (events, LastEventId::from_request(decoder.resume_header(), None))
}

#[tokio::test]
async fn the_backend_in_memory_keeps_the_contract() {
    backend::contract::all(|| async { MemoryBackend::new(1_000) }).await;
    backend::contract::notes(|| async { MemoryBackend::new(1_000) }).await;
}

#[tokio::test]
async fn a_publish_reaches_every_node_and_any_node_resumes() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    let mut at_one = one.subscribe("a").expect("subscribes");
    let mut at_two = two.subscribe("a").expect("subscribes");
    assert_eq!(read(&mut at_one).0, [""; 0]);
    assert_eq!(read(&mut at_two).0, [""; 0]);

    let id = one.publish("a", Event::data("1").event("x")).await.expect("published");
    two.publish("b", Event::data("2")).await.expect("published");
    two.publish("a", Event::data("3")).await.expect("published");
    assert_eq!(read(&mut at_one).0, [""; 0], "only the tail delivers");
    fill(&mut fill_one);
    fill(&mut fill_two);
    assert_eq!(read(&mut at_one), read(&mut at_two));

    let resumed = two.subscribe("a").expect("subscribes").resume(id);
    assert_eq!(read(&mut { resumed }).0, ["3"]);
}

#[tokio::test]
async fn a_node_that_starts_has_what_is_kept() {
    let backend = MemoryBackend::new(3);
    let (old, _) = node(&backend).await;
    for number in 1..=5 {
        old.publish("a", Event::data(number.to_string())).await.expect("published");
    }
    let (new, mut filled) = node(&backend).await;
    let earliest = new.subscribe("a").expect("subscribes").start(Start::Earliest);
    assert_eq!(read(&mut { earliest }).0, ["3", "4", "5"]);
    let mut live = new.subscribe("a").expect("subscribes");
    assert_eq!(read(&mut live).0, [""; 0]);
    old.publish("a", Event::data("6")).await.expect("published");
    fill(&mut filled);
    assert_eq!(read(&mut live).0, ["6"]);
}

#[tokio::test]
async fn a_node_that_starts_reads_more_than_a_page() {
    let backend = MemoryBackend::new(10_000);
    let (old, _) = node(&backend).await;
    for number in 1..=1_000 {
        old.publish("a", Event::data(number.to_string())).await.expect("published");
    }
    let (new, mut filled) = node(&backend).await;
    old.publish("a", Event::data("last")).await.expect("published");
    fill(&mut filled);
    let last = new.subscribe("a").expect("subscribes").start(Start::Last(3));
    assert_eq!(read(&mut { last }).0, ["999", "1000", "last"]);
}

#[tokio::test]
async fn a_node_that_starts_yields_to_other_tasks() {
    let backend = MemoryBackend::new(10_000);
    let (old, _) = node(&backend).await;
    for _ in 0..1_000 {
        old.publish("a", Event::data("x")).await.expect("published");
    }
    let mut opening = Box::pin(Hub::builder().open(backend));
    let turns = (0..100).take_while(|_| opening.as_mut().now_or_never().is_none()).count();
    assert_eq!(turns, 4, "one after each page, of which the last is not full");
}

#[tokio::test]
async fn an_id_ahead_of_this_node_waits_for_its_tail() {
    let backend = MemoryBackend::new(1_000);
    let (ahead, _) = node(&backend).await;
    let (behind, mut filled) = node(&backend).await;
    ahead.publish("a", Event::data("1")).await.expect("published");
    let id = ahead.publish("a", Event::data("2")).await.expect("published");
    ahead.publish("a", Event::data("3")).await.expect("published");

    let mut resumed = behind.subscribe("a").expect("subscribes").resume(id);
    assert_eq!(read(&mut resumed).0, [""; 0]);
    fill(&mut filled);
    assert_eq!(read(&mut resumed).0, ["3"]);
}

#[tokio::test]
async fn events_that_the_backend_loses_are_a_gap() {
    let backend = MemoryBackend::new(2);
    let (hub, mut filled) = node(&backend).await;
    let mut events = hub.subscribe("a").expect("subscribes");
    assert_eq!(read(&mut events).0, [""; 0]);
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut filled);
    assert_eq!(read(&mut events).0, ["1"]);

    for number in 2..=6 {
        hub.publish("a", Event::data(number.to_string())).await.expect("published");
    }
    fill(&mut filled);
    let (seen, _) = read(&mut events);
    assert!(seen[0].starts_with("gap: {\"reason\":\"trimmed\""), "{seen:?}");
    assert_eq!(seen[1..], ["5", "6"]);

    backend.lose_everything();
    hub.publish("a", Event::data("7")).await.expect("published");
    fill(&mut filled);
    let (seen, _) = read(&mut events);
    assert!(seen[0].starts_with("gap: {\"reason\":\"foreign\""), "{seen:?}");
    assert_eq!(seen[1..], ["7"]);
}

#[tokio::test]
async fn an_entry_that_no_log_can_hold_is_reported_as_lost() {
    let (hub, mut filled) = node(&MemoryBackend::new(10)).await;
    let mut events = hub.subscribe("a").expect("subscribes");
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut filled);
    read(&mut events);
    // The zeros are never written, so the system maps no memory for them.
    let mut body = vec![0; MAX_EVENT_BYTES + 1];
    body[0] = b':'; // a control entry begins with a zero
    let body = body.into();
    let topic = crate::TopicName::new("a").expect("a valid name");
    let position = hub.position().next();
    let feed = filled.feed.as_mut().expect("it was polled");
    let mut arrival = feed.arrival(Ok(LogEvent::Entry(Entry { position, topic, body })));
    hub.0.change(|state, waiters| arrival.apply(state, Instant::now(), waiters));
    let (seen, _) = read(&mut events);
    assert!(seen[0].starts_with("gap: {\"reason\":\"trimmed\""), "{seen:?}");
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn only_what_this_hub_publishes_counts_as_published() {
    let backend = MemoryBackend::new(10);
    let (old, _) = node(&backend).await;
    for _ in 0..3 {
        old.publish("a", Event::data("x")).await.expect("published");
    }
    let (new, mut filled) = node(&backend).await;
    old.publish("a", Event::data("x")).await.expect("published");
    new.publish("a", Event::data("x")).await.expect("published");
    fill(&mut filled);
    assert_eq!((old.stats().published, new.stats().published), (4, 1));
    assert_eq!(new.topic_stats("a").map(|stats| stats.events), Some(5));
}

#[tokio::test]
async fn a_publish_after_the_log_was_lost_has_an_id_of_the_new_log() {
    let backend = MemoryBackend::new(10);
    let (hub, mut filled) = node(&backend).await;
    let mut events = hub.subscribe("a").expect("subscribes");
    let before = hub.publish("a", Event::data("1")).await.expect("published");
    backend.lose_everything();
    // The hub does not know: nothing has polled its background.
    let after = hub.publish("a", Event::data("2")).await.expect("published");
    let epoch = |id: &sse_core::EventId| id.as_str().split('.').next().map(str::to_owned);
    assert_ne!(epoch(&before), epoch(&after));
    assert_eq!(hub.stats().published, 2);
    fill(&mut filled);
    read(&mut events);
    let mut resumed = hub.subscribe("a").expect("subscribes").resume(before).opening(None);
    let (seen, _) = read(&mut resumed);
    assert!(matches!(&seen[..], [gap, two] if gap.starts_with("gap: ") && two == "2"), "{seen:?}");
    let mut resumed = hub.subscribe("a").expect("subscribes").resume(after).opening(None);
    assert_eq!(read(&mut resumed).0, [""; 0]);
}

#[tokio::test]
async fn a_drain_waits_for_what_was_acknowledged_before_it() {
    let (hub, mut filled) = node(&MemoryBackend::new(10)).await;
    let mut events = hub.subscribe("a").expect("subscribes").opening(None);
    assert_eq!(read(&mut events).0, [""; 0]);
    hub.publish("a", Event::data("last")).await.expect("published");
    hub.drain();
    assert_eq!(events.next().now_or_never(), None, "the event is on its way");
    fill(&mut filled);
    assert_eq!(read(&mut events).0, ["last"]);
    assert_eq!(events.next().now_or_never(), Some(None));
}

#[tokio::test]
async fn a_drain_ends_even_if_its_last_event_has_no_room() {
    let builder = Hub::builder().max_topics(1);
    let (hub, mut filled) =
        with_background(builder.open(MemoryBackend::new(10)).await.expect("opens"));
    let mut events = hub.subscribe("a").expect("there is room").opening(None);
    assert_eq!(events.next().now_or_never(), None);
    hub.publish("b", Event::data("1")).await.expect("stored");
    hub.drain();
    let task = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    fill(&mut filled);
    let ended = tokio::time::timeout(Duration::from_secs(10), task).await;
    assert_eq!(ended.expect("woken").expect("no panic"), None);
}

#[tokio::test]
async fn a_drain_does_not_wait_for_an_unreachable_backend() {
    let (hub, _background) = node(&MemoryBackend::new(10)).await;
    let mut events = hub.subscribe("a").expect("subscribes").opening(None);
    hub.publish("a", Event::data("last")).await.expect("published");
    hub.drain();
    assert_eq!(events.next().now_or_never(), None);
    let task = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    let error = BackendError::new("gone");
    hub.0.change(|state, _| state.note_backend(Some(error), Instant::now()));
    let ended = tokio::time::timeout(Duration::from_secs(10), task).await;
    assert_eq!(ended.expect("woken").expect("no panic"), None);
}

#[tokio::test]
async fn a_dropped_background_is_reported_and_does_not_delay_a_drain() {
    let (hub, mut background) = node(&MemoryBackend::new(10)).await;
    fill(&mut background);
    let mut events = hub.subscribe("a").expect("subscribes").opening(None);
    hub.publish("a", Event::data("last")).await.expect("published");
    hub.drain();
    assert_eq!(events.next().now_or_never(), None);
    drop(background);
    assert!(hub.stats().backend_error.is_some());
    assert_eq!(events.next().now_or_never(), Some(None));
}

#[tokio::test]
async fn publishes_to_a_hub_with_a_backend_have_to_be_awaited() {
    let (hub, _) = node(&MemoryBackend::new(1)).await;
    assert_eq!(hub.publish_now("a", Event::data("1")), Err(PublishError::NeedsAwait));
    hub.drain();
    assert_eq!(hub.publish("a", Event::data("1")).await, Err(PublishError::Drained));
}

/// Says how the hub has been without its background since it was opened.
pub(super) fn wait(hub: &Hub, seconds: u64) {
    let opened =
        Instant::now().checked_sub(Duration::from_secs(seconds)).expect("a clock that runs");
    hub.0.change(|state, _| state.await_background(opened));
}

#[tokio::test]
async fn without_its_background_a_hub_with_a_backend_refuses_after_5_seconds() {
    let (hub, mut background) = node(&MemoryBackend::new(10)).await;
    let publish = || hub.publish("a", Event::data("1"));
    wait(&hub, 4);
    drop(hub.subscribe("a").expect("it may still begin"));
    wait(&hub, 6);
    let refused = hub.subscribe("a").expect_err("nothing follows the backend");
    assert_eq!(refused, SubscribeError::Background(BackgroundError::NotStarted));
    assert_eq!(refused.status(), 503);
    let text = refused.to_string();
    assert!(text.contains("tokio::spawn(hub.background())") && text.contains("5 s"), "{text}");
    publish().await.expect("a process without subscriptions only publishes");

    // A late background still helps.
    fill(&mut background);
    let subscription = hub.subscribe("a").expect("it is followed");
    publish().await.expect("published");
    drop(background);
    let error = BackgroundError::Stopped;
    assert_eq!(publish().await, Err(PublishError::Background(error)), "there is a subscription");
    assert_eq!(hub.subscribe("a").err(), Some(SubscribeError::Background(error)));
    assert!(
        error.to_string().contains("dropped") && error.to_string().contains("open the hub again")
    );
    drop(subscription);
    publish().await.expect("there is no subscription any more");
    assert_eq!(hub.stats().backend_error.map(|error| error.message), Some(error.to_string()));
}

#[tokio::test]
async fn a_drain_does_not_wait_for_a_background_that_was_never_polled() {
    let (hub, _background) = node(&MemoryBackend::new(10)).await;
    let mut events = hub.subscribe("a").expect("subscribes").opening(None);
    hub.publish("a", Event::data("1")).await.expect("published");
    wait(&hub, 6);
    hub.drain();
    assert_eq!(events.next().now_or_never(), Some(None));
}

#[tokio::test]
async fn a_background_that_was_never_polled_may_be_dropped() {
    let (hub, background) = node(&MemoryBackend::new(10)).await;
    drop(background);
    let mut background = hub.background();
    fill(&mut background);
    wait_is_over(&hub);
}

#[track_caller]
fn wait_is_over(hub: &Hub) {
    let later = Instant::now() + Duration::from_secs(60);
    hub.0.shared.look(|state| state.check_followed(later)).expect("it is followed");
}

#[tokio::test]
async fn a_second_background_shares_the_wake_ups_and_the_first_follows() {
    let backend = MemoryBackend::new(10);
    let (hub, mut first) = node(&backend).await;
    let mut second = hub.background();
    fill(&mut first);
    fill(&mut second);
    let mut events = hub.subscribe("a").expect("subscribes").opening(None);
    assert_eq!(read(&mut events).0, [""; 0]);
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut second);
    assert_eq!(read(&mut events).0, [""; 0]);
    fill(&mut first);
    assert_eq!(read(&mut events).0, ["1"]);
    drop(second);
    wait_is_over(&hub);
}

/// A backend that takes a while to close.
#[derive(Clone)]
struct Closing {
    log: MemoryBackend,
    asked: Arc<AtomicUsize>,
    released: Arc<AtomicBool>,
}

impl Backend for Closing {
    fn open(&self) -> BackendFuture<'_, Opened> {
        self.log.open()
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        self.log.append(topic, body)
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        self.log.read(after, max)
    }

    fn tail(&self, after: Position) -> TailStream {
        self.log.tail(after)
    }

    fn close(&self) -> CloseFuture<'_> {
        Box::pin(async {
            self.asked.fetch_add(1, SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.released.store(true, SeqCst);
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_backend_is_closed_once_the_last_handle_is_dropped() {
    type Handles = (Option<Hub>, Option<crate::Topic>, Option<Subscription>);
    let last: [fn(&mut Handles); 3] =
        [|handles| handles.0 = None, |handles| handles.1 = None, |handles| handles.2 = None];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let closing = Closing {
            log: MemoryBackend::new(10),
            asked: Arc::default(),
            released: Arc::default(),
        };
        let hub = Hub::builder().open(closing.clone()).await.expect("opens");
        let background = tokio::spawn(hub.background());
        tokio::task::yield_now().await;
        let topic = hub.topic("a").expect("a valid name");
        let subscription = hub.subscribe("a").expect("subscribes");
        let mut handles = (Some(hub), Some(topic), Some(subscription));
        for handle in order {
            assert_eq!(closing.asked.load(SeqCst), 0, "{order:?}");
            last[handle](&mut handles);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(closing.asked.load(SeqCst), 1, "{order:?}");
        assert!(!background.is_finished(), "it waits for the backend");
        background.await.expect("does not panic");
        assert!(closing.released.load(SeqCst));
    }
}

#[tokio::test(start_paused = true)]
async fn age_limits_are_kept_by_the_background() {
    let age = Duration::from_secs(60);
    let hub = Hub::builder().retention(Retention::default().age(age)).build();
    tokio::spawn(hub.background());
    hub.publish_now("a", Event::data("1")).expect("published");
    let events = || hub.topic_stats("a").map_or(0, |stats| stats.events);
    tokio::time::sleep(age - Duration::from_secs(1)).await;
    assert_eq!(events(), 1);
    tokio::time::sleep(age / 8 + Duration::from_secs(2)).await;
    assert_eq!(events(), 0);
}
