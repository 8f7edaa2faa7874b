//! Topics that end, and clients that reconnect to them.

use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt};
use sse_core::Event;
use sse_hub::{Delivery, Hub, OnGap, PublishError, Retention, Start, SubscribeError};

use crate::{event_id, id, keeping, opening, poll, publish, read, text};

fn end(hub: &Hub, topic: &str, data: &'static str) -> String {
    let id = hub.end_now(topic, Event::data(data)).expect("ends");
    id.to_string()
}

/// Returns the events that a client with a last event ID receives, or that it has everything.
#[track_caller]
fn resumed<const N: usize>(hub: &Hub, topics: [&str; N], last: &str) -> Option<String> {
    let epoch = id(hub, "");
    match hub.subscribe_from(topics, event_id(last)) {
        Err(error) => {
            assert_eq!((&error, error.status()), (&SubscribeError::Ended, 204));
            None
        }
        Ok(subscription) => {
            let (text, ended) = read(&mut subscription.opening(None));
            assert!(ended, "goes on after {text:?}");
            Some(text.replace(&epoch, "E."))
        }
    }
}

#[test]
fn a_topic_ends_for_its_subscribers_after_its_last_event() {
    let hub = Hub::new();
    publish(&hub, "a", "1");
    let mut behind = hub.subscribe("a").expect("subscribes").start(Start::Earliest);
    let mut waiting = hub.subscribe("a").expect("subscribes");
    text(&hub, &mut waiting);
    let last = end(&hub, "a", "2");
    assert_eq!(last, id(&hub, "2"));

    let (rest, ended) = read(&mut waiting);
    assert_eq!((rest.replace(&id(&hub, ""), "E."), ended), ("id: E.2\ndata: 2\n\n".into(), true));
    let (all, ended) = read(&mut behind);
    assert!(all.ends_with("data: 2\n\n") && ended, "{all}");
    assert!(poll(&mut waiting).is_ready(), "and stays so");
    assert_eq!(hub.topic_stats("a").map(|topic| topic.subscribers), Some(0));

    let later = hub.subscribe("a").expect("subscribes").start(Start::Earliest);
    let (all, ended) = read(&mut { later });
    assert!(all.contains("data: 1\n") && all.ends_with("data: 2\n\n") && ended, "{all}");
    let (all, ended) = read(&mut hub.subscribe("a").expect("subscribes"));
    assert_eq!((all, ended), (opening(&last, false), true), "nothing more comes");
}

#[test]
fn a_client_that_has_everything_is_refused_with_204() {
    let hub = Hub::new();
    publish(&hub, "a", "1");
    publish(&hub, "b", "2");
    let last = end(&hub, "a", "3");
    publish(&hub, "b", "4");
    let at = |position| id(&hub, position);
    assert_eq!(resumed(&hub, ["a"], &last), None);
    assert_eq!(resumed(&hub, ["a"], &at("4")), None, "behind the end");
    assert_eq!(resumed(&hub, ["a"], &at("1")).as_deref(), Some("id: E.3\ndata: 3\n\n"));
    let gap = |text: Option<String>| text.is_some_and(|text| text.starts_with("event: gap\n"));
    assert!(gap(resumed(&hub, ["a"], "other.3")), "an ID of another hub");
    assert!(gap(resumed(&hub, ["a"], &at("77"))), "an ID that was not given out");

    let both = hub.subscribe_from(["a", "b"], event_id(&last)).expect("b has not ended");
    assert_eq!(text(&hub, &mut both.opening(None)), "id: E.4\ndata: 4\n\n");
    let last = end(&hub, "b", "5");
    assert_eq!(resumed(&hub, ["a", "b"], &last), None);
    assert_eq!(
        resumed(&hub, ["a", "b"], &at("3")).as_deref(),
        Some("id: E.4\ndata: 4\n\nid: E.5\ndata: 5\n\n")
    );
    assert_eq!(hub.stats().subscribers, 0, "none is left by those that were refused");
}

#[test]
fn a_subscription_ends_with_the_last_of_its_topics() {
    let hub = Hub::new();
    for delivery in [Delivery::All, Delivery::Latest] {
        let topics = ["a", "b", "c"].map(|topic| format!("{topic} {delivery:?}"));
        let mut all = hub.subscribe(&topics).expect("subscribes").delivery(delivery);
        text(&hub, &mut all);
        end(&hub, &topics[0], "1");
        assert!(text(&hub, &mut all).ends_with("data: 1\n\n"));
        hub.end_now(&topics[1], None).expect("ends");
        assert_eq!(text(&hub, &mut all), "");
        publish(&hub, &topics[2], "2");
        assert!(text(&hub, &mut all).ends_with("data: 2\n\n"));
        hub.end_now(&topics[2], None).expect("ends");
        assert_eq!(read(&mut all), (String::new(), true));
    }
}

#[test]
fn a_topic_that_ends_without_an_event_ends_after_its_newest_one() {
    let hub = Hub::new();
    publish(&hub, "a", "1");
    let mut waiting = hub.subscribe("a").expect("subscribes");
    text(&hub, &mut waiting);
    publish(&hub, "b", "2");
    let ended = hub.end_now("a", None).expect("ends");
    assert_eq!(ended.as_str(), id(&hub, "3"));
    assert_eq!(read(&mut waiting), (String::new(), true));
    assert_eq!(resumed(&hub, ["a"], &id(&hub, "1")), None, "it has the last event");
    assert!(resumed(&hub, ["a"], &id(&hub, "0")).is_some_and(|all| all.ends_with("data: 1\n\n")));
    publish(&hub, "b", "4");
    assert_eq!(hub.position().lower(), 4);

    hub.end_now("new", None).expect("a topic that has no event ends, too");
    assert_eq!(resumed(&hub, ["new"], &id(&hub, "0")), None);
}

#[test]
fn a_topic_that_has_ended_refuses_events() {
    let hub = Hub::new();
    let topic = hub.topic("a").expect("a valid name");
    topic.publish_now(Event::data("1")).expect("published");
    topic.end_now(Event::data("2")).expect("ends");
    let more = || Event::data("3");
    for refused in [
        topic.publish_now(more()),
        hub.publish_now("a", more()),
        hub.publish_now("a", Event::data("x".repeat(10_000))),
        topic.end_now(more()),
        hub.end_now("a", None),
        hub.end("a", None).now_or_never().expect("at once"),
        hub.publish("a", more()).now_or_never().expect("at once"),
    ] {
        assert_eq!(refused, Err(PublishError::Ended));
    }
    assert_eq!(PublishError::Ended.status(), 410);
    assert_eq!(hub.position().lower(), 2, "nothing was published");
    drop(topic);
    assert_eq!(hub.topic("a").expect("a handle").publish_now(more()), Err(PublishError::Ended));
    hub.drain();
    assert_eq!(hub.end_now("b", None), Err(PublishError::Drained));
}

#[test]
fn an_end_outlives_the_events_and_the_topic() {
    let hub = keeping(3);
    publish(&hub, "a", "1");
    let last = end(&hub, "a", "2");
    hub.trim("a", hub.position());
    assert_eq!(hub.topic_stats("a"), None);
    assert_eq!(resumed(&hub, ["a"], &last), None);
    assert_eq!(hub.publish_now("a", Event::data("3")), Err(PublishError::Ended));
    assert_eq!(hub.topic_stats("a"), None, "a refused publish begins no topic");
    let missed = resumed(&hub, ["a"], &id(&hub, "1")).expect("it misses the last");
    assert!(missed.starts_with("event: gap\nid: E.2\n"), "{missed}");

    let on_gap = hub.subscribe_from("a", event_id(&id(&hub, "0"))).expect("subscribes");
    let (text, ended) = read(&mut on_gap.on_gap(OnGap::Live));
    assert!(text.starts_with("event: gap\n") && ended, "{text}");
}

#[test]
fn a_topic_that_has_ended_reports_no_gap_to_a_client_that_has_all_of_it() {
    for last in [None, Some(Event::data("2"))] {
        let hub = Hub::builder().max_bytes(256 * 1024).build();
        publish(&hub, "a", "1");
        hub.end_now("a", last.clone()).expect("ends");
        let head = hub.position();
        hub.trim("a", head);
        // More topics vanish than the hub remembers one by one.
        for number in 0..1_000 {
            let topic = format!("vanished {number}");
            hub.publish_now(&topic, Event::data("x")).expect("published");
            hub.trim(&topic, hub.position());
        }
        let complete = if last.is_some() { "2" } else { "1" };
        publish(&hub, "b", "live");
        let mut both =
            hub.subscribe_from(["a", "b"], event_id(&id(&hub, complete))).expect("b is open");
        let text = text(&hub, &mut both);
        assert!(text.contains(r#""topics":["b"]"#), "{text}");
        let alone = hub.subscribe("a").expect("subscribes").resume(event_id(&id(&hub, complete)));
        assert_eq!(read(&mut alone.opening(None)), (String::new(), true));

        let misses = hub.subscribe_from("a", event_id(&id(&hub, "0"))).expect("subscribes");
        let (text, ended) = read(&mut misses.opening(None));
        let resumed_at = format!("event: gap\nid: {}\n", id(&hub, complete));
        assert!(text.starts_with(&resumed_at) && ended, "{text}");
    }
}

#[test]
fn a_topic_may_begin_again_once_its_end_is_forgotten() {
    let time = Duration::from_secs(100);
    let retention = Retention::default().age(Duration::from_secs(10));
    let hub = Hub::builder().remember_ends(time).retention(retention).build();
    let start = Instant::now();
    publish(&hub, "a", "1");
    let last = end(&hub, "a", "2");
    hub.tick(start + time * 9 / 10);
    assert_eq!(hub.topic_stats("a"), None, "its events are too old");
    assert_eq!(resumed(&hub, ["a"], &last), None);
    assert_eq!(hub.publish_now("a", Event::data("3")), Err(PublishError::Ended));
    let memory = hub.stats().memory;

    hub.tick(start + time * 11 / 10);
    assert!(hub.stats().memory < memory, "nothing is left");
    let mut resumed = hub.subscribe_from("a", event_id(&last)).expect("subscribes");
    assert!(text(&hub, &mut resumed).starts_with("event: subscribed\n"));
    publish(&hub, "a", "again");
    assert_eq!(text(&hub, &mut resumed), "id: E.3\ndata: again\n\n");
    assert_eq!(hub.end_now("a", None).map(|id| id.to_string()), Ok(id(&hub, "4")));
    assert_eq!(read(&mut resumed), (String::new(), true));
}

#[test]
fn the_oldest_ends_are_forgotten_when_there_are_too_many() {
    const ENDS: usize = 50_000;
    let hub = Hub::builder().max_bytes(1024 * 1024).build();
    for number in 0..ENDS {
        hub.end_now(format!("topic {number}"), Event::data("x")).expect("ends");
        assert!(hub.stats().memory <= 1024 * 1024);
    }
    let takes = |number: usize| hub.publish_now(format!("topic {number}"), Event::data("y"));
    assert!(takes(0).is_ok(), "it is forgotten");
    let remembered = (1..ENDS).filter(|at| takes(*at) == Err(PublishError::Ended)).count();
    assert!(remembered > 1024 * 1024 / 4 / 130, "{remembered} are remembered");
}

#[test]
fn a_trimmed_topic_keeps_the_events_after_the_position() {
    let hub = Hub::new();
    for data in ["1", "2", "3"] {
        publish(&hub, "a", data);
    }
    publish(&hub, "b", "4");
    let mut behind = hub.subscribe_from("a", event_id(&id(&hub, "0"))).expect("subscribes");
    let [_, position] = ["1", "2"].map(|at| sse_hub::Position::new(0, at.parse().expect("digits")));
    hub.trim("a", position);
    hub.trim("a", position);
    hub.trim("no such topic", position);
    let text = text(&hub, &mut behind);
    assert!(text.starts_with("event: gap\nid: E.2\n") && text.ends_with("id: E.3\ndata: 3\n\n"));
    assert_eq!(hub.topic_stats("a").map(|topic| topic.events), Some(1));
    hub.trim("a", hub.position());
    assert_eq!(hub.topic_stats("a").map(|topic| (topic.events, topic.bytes)), Some((0, 0)));
    publish(&hub, "a", "5");
    assert!(crate::text(&hub, &mut behind).ends_with("data: 5\n\n"), "it missed nothing");
    hub.trim("b", hub.position());
    assert_eq!(hub.topic_stats("b"), None, "nobody needs it");
}

#[tokio::test]
async fn a_handle_ends_its_subscription() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe("a").expect("subscribes");
    let mut other = hub.subscribe("a").expect("subscribes");
    let handle = subscription.handle();
    assert!(subscription.next().await.is_some());
    let reader = tokio::spawn(async move { subscription.next().await });
    tokio::task::yield_now().await;
    handle.clone().end();
    let ended = tokio::time::timeout(Duration::from_secs(10), reader).await;
    assert_eq!(ended.expect("woken").expect("does not panic"), None);
    assert_eq!(hub.stats().subscribers, 1);
    handle.end();
    text(&hub, &mut other);
    publish(&hub, "a", "1");
    assert_eq!(text(&hub, &mut other), "id: E.1\ndata: 1\n\n");
}

#[test]
fn a_handle_does_not_keep_the_task_of_its_subscription() {
    struct Task;
    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let task = Arc::new(Task);
    let waker = Waker::from(Arc::clone(&task));
    let mut subscription = Hub::new().subscribe("a").expect("subscribes");
    let handle = subscription.handle();
    let mut next = || subscription.poll_next_unpin(&mut Context::from_waker(&waker));
    assert!(next().is_ready(), "the opening event");
    assert!(next().is_pending());
    drop((subscription, waker));
    assert_eq!(Arc::strong_count(&task), 1);
    handle.end();
}

#[tokio::test]
async fn an_end_wakes_waiting_subscribers() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(["a", "b"]).expect("subscribes");
    assert!(subscription.next().await.is_some());
    hub.end_now("a", None).expect("ends");
    let reader = tokio::spawn(async move { subscription.next().await });
    tokio::task::yield_now().await;
    hub.end_now("b", None).expect("ends");
    let ended = tokio::time::timeout(Duration::from_secs(10), reader).await;
    assert_eq!(ended.expect("woken").expect("does not panic"), None);
}
