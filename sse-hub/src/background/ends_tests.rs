//! Topics that end on a backend, with several nodes and after restarts.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use sse_core::{Event, EventId};

use super::tests::{fill, node, read};
use crate::{
    Backend, BackgroundError, Hub, MemoryBackend, PublishError, Retention, Start, SubscribeError,
    Subscription, TopicName, backend::Control,
};

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn publish(hub: &Hub, topic: &str, data: &'static str) -> EventId {
    hub.publish(topic, Event::data(data)).await.expect("published")
}

/// Ends a topic, with the background of its hub.
fn end(
    hub: &Hub,
    background: &mut crate::Background,
    topic: &str,
    last: impl Into<Option<Event>>,
) -> Result<EventId, PublishError> {
    let mut end = pin!(hub.end(topic, last));
    match poll(end.as_mut()) {
        Poll::Ready(refused) => refused,
        Poll::Pending => {
            fill(background);
            end.now_or_never().expect("its entry has arrived")
        }
    }
}

fn ended(subscription: &mut Subscription) -> bool {
    subscription.next().now_or_never() == Some(None)
}

#[tokio::test]
async fn a_topic_ends_on_every_node() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    let before = publish(&one, "a", "1").await;
    let mut at_one = one.subscribe("a").expect("subscribes").start(Start::Earliest);
    let mut at_two = two.subscribe("a").expect("subscribes").start(Start::Earliest);
    fill(&mut fill_one);
    assert_eq!(read(&mut at_one).0, ["1"]);

    let last = end(&one, &mut fill_one, "a", Event::data("done")).expect("ends");
    assert_eq!(read(&mut at_one).0, ["done"]);
    assert!(ended(&mut at_one));
    for hub in [&one, &two] {
        let more = hub.publish("a", Event::data("more")).await;
        assert_eq!(more, Err(PublishError::Ended), "on a node that lags, too");
        assert_eq!(hub.end("a", None).await, Err(PublishError::Ended));
        assert_eq!(hub.end_now("b", None), Err(PublishError::NeedsAwait));
    }
    assert_eq!(one.subscribe_from("a", last.clone()).err(), Some(SubscribeError::Ended));

    // On a node that lags, a subscription begins, and ends once the node has read the end.
    let mut lags = two.subscribe_from("a", last.clone()).expect("it does not know of the end");
    let mut behind = two.subscribe_from("a", before.clone()).expect("subscribes");
    for subscription in [&mut lags, &mut behind] {
        assert_eq!(read(subscription).0, [""; 0]);
        assert!(!ended(subscription));
    }
    fill(&mut fill_two);
    assert!(ended(&mut lags), "with nothing more");
    assert_eq!(read(&mut behind).0, ["done"]);
    assert_eq!(read(&mut at_two).0, ["1", "done"]);
    assert!(ended(&mut behind) && ended(&mut at_two));
    assert_eq!(two.subscribe_from("a", last).err(), Some(SubscribeError::Ended));
    assert_eq!(one.stats().published, 2, "the last event counts");
    assert_eq!(one.position(), two.position());
}

#[tokio::test]
async fn a_topic_ends_although_nobody_waits_for_its_end_any_more() {
    let (hub, mut background) = node(&MemoryBackend::new(1_000)).await;
    fill(&mut background);
    {
        let mut end = pin!(hub.end("a", Event::data("done")));
        assert!(poll(end.as_mut()).is_pending());
    }
    fill(&mut background);
    assert_eq!(hub.publish("a", Event::data("more")).await, Err(PublishError::Ended));
}

#[tokio::test]
async fn an_end_without_an_event_is_delivered_to_nobody() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let before = publish(&hub, "a", "1").await;
    let mut both = hub.subscribe(["a", "b"]).expect("subscribes").start(Start::Earliest);
    let ended_at = end(&hub, &mut background, "a", None).expect("ends");
    assert_eq!(read(&mut both).0, ["1"]);
    assert_ne!(ended_at, before);
    assert_eq!(hub.subscribe_from("a", before).err(), Some(SubscribeError::Ended));
    end(&hub, &mut background, "b", Event::data("2")).expect("ends");
    assert_eq!(read(&mut both).0, ["2"]);
    assert!(ended(&mut both));
    assert_eq!(hub.stats().published, 2);
}

#[tokio::test]
async fn an_end_outlives_its_entry_on_every_node_and_across_a_restart() {
    let backend = MemoryBackend::new(3);
    let (one, mut fill_one) = node(&backend).await;
    let (lags, mut fill_lags) = node(&backend).await;
    let mut waiting = lags.subscribe("a").expect("subscribes");
    assert_eq!(read(&mut waiting).0, [""; 0]);
    let before = publish(&one, "a", "1").await;
    let last = end(&one, &mut fill_one, "a", Event::data("done")).expect("ends");
    let silent = end(&one, &mut fill_one, "c", None).expect("ends");
    for _ in 0..5 {
        publish(&one, "b", "x").await;
    }
    fill(&mut fill_lags);
    assert!(read(&mut waiting).0[0].starts_with("gap: "), "the end was lost before it was read");
    assert!(ended(&mut waiting));

    let (new, _background) = node(&backend).await;
    for (name, hub) in [("one", &one), ("lags", &lags), ("new", &new)] {
        for (topic, last) in [("a", &last), ("c", &silent)] {
            let resumed = hub.subscribe_from(topic, last.clone());
            assert_eq!(resumed.err(), Some(SubscribeError::Ended), "{name}, {topic}");
        }
        let more = hub.publish("a", Event::data("more")).await;
        assert_eq!(more, Err(PublishError::Ended), "{name}");
    }
    let mut misses = new.subscribe_from("a", before).expect("subscribes");
    assert!(read(&mut misses).0[0].starts_with("gap: "));
    assert!(ended(&mut misses));
}

#[tokio::test]
async fn a_client_that_has_all_of_an_ended_topic_receives_no_gap_event() {
    for last in [None, Some(Event::data("done"))] {
        let backend = MemoryBackend::new(3);
        let (hub, mut background) = node(&backend).await;
        let event = publish(&hub, "a", "1").await;
        let end = end(&hub, &mut background, "a", last.clone()).expect("ends");
        let complete = if last.is_some() { end.clone() } else { event };
        for round in ["the entries are lost", "and again"] {
            for _ in 0..5 {
                publish(&hub, "b", "x").await;
            }
            fill(&mut background);
            let resumed = hub.subscribe_from("a", complete.clone());
            assert_eq!(resumed.err(), Some(SubscribeError::Ended), "{round}");
            let mut alone = hub.subscribe("a").expect("subscribes").resume(complete.clone());
            assert_eq!(read(&mut alone).0, [""; 0], "{round}");
            assert!(ended(&mut alone));
            let both = hub.subscribe_from(["a", "b"], complete.clone());
            let gap = read(&mut both.expect("b is open")).0.swap_remove(0);
            assert!(gap.contains(r#""topics":["b"]"#), "{round}: {gap}");
        }

        // A node that starts now knows only where the end was.
        let (new, _background) = node(&backend).await;
        match new.subscribe_from("a", complete.clone()) {
            Err(error) => assert_eq!((error, complete), (SubscribeError::Ended, end.clone())),
            Ok(mut alone) => {
                assert_ne!(complete, end);
                let (events, resumed_at) = read(&mut alone);
                assert!(events[0].starts_with("gap: ") && ended(&mut alone));
                let again = new.subscribe_from("a", resumed_at);
                assert_eq!(again.err(), Some(SubscribeError::Ended));
            }
        }
        let both = new.subscribe_from(["a", "b"], end);
        let gap = read(&mut both.expect("b is open")).0.swap_remove(0);
        assert!(gap.contains(r#""topics":["b"]"#), "{gap}");
    }
}

#[tokio::test]
async fn an_end_that_the_backend_has_forgotten_hides_no_loss() {
    let backend = MemoryBackend::new(3).remember_ends(Duration::ZERO);
    let (hub, mut background) = node(&backend).await;
    let last = end(&hub, &mut background, "a", Event::data("done")).expect("ends");
    for _ in 0..5 {
        publish(&hub, "a", "again").await;
    }
    fill(&mut background);
    let resumed = hub.subscribe_from("a", last).expect("it has begun again");
    assert!(read(&mut { resumed }).0[0].starts_with("gap: "));

    let last = end(&hub, &mut background, "b", Event::data("done")).expect("ends");
    publish(&hub, "b", "again").await;
    for _ in 0..5 {
        publish(&hub, "a", "x").await;
    }
    fill(&mut background);
    let resumed = hub.subscribe("b").expect("subscribes").resume(last);
    assert!(read(&mut { resumed }).0[0].starts_with("gap: "));
}

#[tokio::test]
async fn a_topic_begins_again_on_every_node_once_the_backend_has_forgotten_its_end() {
    let backend = MemoryBackend::new(1_000).remember_ends(Duration::ZERO);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    end(&one, &mut fill_one, "a", Event::data("done")).expect("ends");
    fill(&mut fill_two);
    let again = publish(&one, "a", "again").await;
    fill(&mut fill_one);
    fill(&mut fill_two);
    for hub in [&one, &two] {
        let mut all = hub.subscribe("a").expect("subscribes").start(Start::Earliest);
        assert_eq!(read(&mut all).0, ["done", "again"]);
        assert!(!ended(&mut all));
        assert!(hub.subscribe_from("a", again.clone()).is_ok());
    }
}

#[tokio::test]
async fn an_end_needs_a_background() {
    let backend = MemoryBackend::new(1_000);
    let hub = Hub::builder().open(backend.clone()).await.expect("opens");
    let none = hub.end("a", None).now_or_never().expect("at once");
    assert_eq!(none, Err(PublishError::Background(BackgroundError::NotStarted)));
    assert!(publish(&hub, "a", "1").await.ends_with(".1"), "nothing was appended");

    // A background that was not polled yet is enough while it exists.
    let background = hub.background();
    let mut waits = pin!(hub.end("a", None));
    assert!(poll(waits.as_mut()).is_pending());
    drop(background);
    let Poll::Ready(Err(PublishError::Backend(error))) = poll(waits.as_mut()) else {
        panic!("nothing delivers it any more");
    };
    assert!(error.may_be_stored, "{error}");

    let mut background = hub.background();
    fill(&mut background);
    let mut waits = pin!(hub.end("b", None));
    assert!(poll(waits.as_mut()).is_pending());
    drop(background);
    let Poll::Ready(Err(PublishError::Backend(_))) = poll(waits.as_mut()) else {
        panic!("nothing delivers it any more");
    };
    let none = hub.end("c", None).now_or_never().expect("at once");
    assert_eq!(none, Err(PublishError::Background(BackgroundError::Stopped)));
}

#[tokio::test]
async fn an_end_whose_log_is_lost_says_so() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let last = end(&hub, &mut background, "a", Event::data("1")).expect("ends");
    let mut waits = pin!(hub.end("b", None));
    assert!(poll(waits.as_mut()).is_pending());
    backend.lose_everything();
    fill(&mut background);
    let Poll::Ready(Err(PublishError::Backend(error))) = poll(waits.as_mut()) else {
        panic!("its log is lost");
    };
    assert!(error.may_be_stored, "{error}");

    // The new log has no ends, and the first one may be appended before the node has noticed the loss.
    publish(&hub, "a", "again").await;
    fill(&mut background);
    let mut foreign = hub.subscribe_from("a", last).expect("subscribes");
    assert!(read(&mut foreign).0[0].starts_with("gap: "));
    assert!(!ended(&mut foreign));
    backend.lose_everything();
    end(&hub, &mut background, "a", None).expect("ends in the newest epoch");
}

#[tokio::test]
async fn a_dropped_end_may_have_ended_the_topic_and_leaves_nothing() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    {
        let mut dropped = pin!(hub.end("a", None));
        assert!(poll(dropped.as_mut()).is_pending());
    }
    fill(&mut background);
    assert_eq!(hub.end("a", None).await, Err(PublishError::Ended));
    hub.drain();
    assert_eq!(hub.end("b", None).await, Err(PublishError::Drained));
}

#[tokio::test]
async fn an_entry_of_a_newer_version_is_skipped() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let topic = TopicName::new("a").expect("a valid name");
    backend.append(&topic, Control::Unknown.encode()).await.expect("appends");
    let newer = backend.append(&topic, b"\0Z7"[..].into()).await.expect("appends");
    fill(&mut background);
    assert_eq!(hub.position(), newer.position);
    publish(&hub, "a", "1").await;
    let mut all = hub.subscribe("a").expect("subscribes").start(Start::Earliest);
    fill(&mut background);
    let builder = Hub::builder().retention(Retention::default());
    let new = builder.open(backend.clone()).await.expect("opens");
    assert_eq!(read(&mut all).0, ["1"]);
    let mut all = new.subscribe("a").expect("subscribes").start(Start::Earliest);
    assert_eq!(read(&mut all).0, ["1"]);
}
