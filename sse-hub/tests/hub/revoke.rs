//! Subscriptions that belong to a principal, and end when it is revoked.

use std::{task::Poll, time::Duration};

use futures_util::StreamExt;
use sse_core::Event;
use sse_hub::{
    Hub, InvalidTopicName, OnGap, Position, Principal, PublishError, Snapshot, Start, Subscription,
};

use crate::{event_id, keeping, poll, publish, read, text};

fn principal(text: &str) -> Principal {
    Principal::new(text.to_owned()).expect("short")
}

fn of(hub: &Hub, topic: &str, who: &str) -> Subscription {
    hub.subscribe(topic).expect("within the limits").principal(&principal(who))
}

fn revoke(hub: &Hub, who: &str) {
    hub.revoke_now(&principal(who)).expect("in memory");
}

#[track_caller]
fn has_ended(subscription: &mut Subscription) {
    assert_eq!(read(subscription), (String::new(), true));
}

#[test]
fn a_revocation_ends_all_subscriptions_of_its_principal_and_no_other() {
    let hub = Hub::new();
    let mut adas: Vec<_> = ["a", "b"].iter().map(|topic| of(&hub, topic, "ada")).collect();
    let both = hub.subscribe(["a", "b"]).expect("within the limits");
    adas.push(both.principal(&principal("ada")));
    let nobody = hub.subscribe("a").expect("within the limits");
    let mut others = [of(&hub, "a", "bob"), of(&hub, "a", "Ada"), nobody];
    adas.iter_mut().chain(&mut others).for_each(|it| _ = text(&hub, it));
    let unpolled = of(&hub, "a", "ada");
    adas.push(unpolled);

    revoke(&hub, "unknown");
    publish(&hub, "a", "1");
    assert_eq!(text(&hub, &mut adas[0]), "id: E.1\ndata: 1\n\n", "no other was revoked");
    revoke(&hub, "ada");
    publish(&hub, "b", "2");
    adas.iter_mut().for_each(has_ended);
    assert_eq!(hub.topic_stats("a").map(|topic| topic.subscribers), Some(3));
    publish(&hub, "a", "3");
    for other in &mut others {
        assert!(text(&hub, other).ends_with("id: E.3\ndata: 3\n\n"));
    }
    let mut again = of(&hub, "a", "ada");
    text(&hub, &mut again);
    publish(&hub, "a", "4");
    assert_eq!(text(&hub, &mut again), "id: E.4\ndata: 4\n\n", "it began after the revocation");
    revoke(&hub, "ada");
    has_ended(&mut again);
    drop((adas, others, again));
    let stats = hub.stats();
    assert_eq!((stats.subscribers, stats.backend_error), (0, None));
}

#[test]
fn a_revocation_ends_a_replay() {
    for topics in [&["a"][..], &["a", "b"]] {
        let hub = Hub::new();
        for topic in topics {
            (0..3).for_each(|_| {
                hub.publish_now(*topic, Event::data("x".repeat(30_000))).map(drop).expect("room");
            });
        }
        let subscribe = |start| {
            let subscription = hub.subscribe(topics).expect("within the limits").start(start);
            subscription.principal(&principal("ada"))
        };
        let mut replay = subscribe(Start::Earliest);
        let Poll::Ready(Some(first)) = poll(&mut replay) else { panic!("the first events") };
        assert!(first.as_bytes().ends_with(b"\n\n"));
        let mut backlog = subscribe(Start::Live).start_of("a", Start::Earliest);
        assert!(poll(&mut backlog).is_ready());
        revoke(&hub, "ada");
        has_ended(&mut replay);
        has_ended(&mut backlog);
    }
}

#[test]
fn a_revocation_ends_a_subscription_that_waits_for_a_snapshot() {
    for ready in [false, true] {
        let hub = keeping(1);
        let (send, receive) = tokio::sync::watch::channel(false);
        let source = OnGap::snapshot(move |_| {
            let mut receive = receive.clone();
            async move {
                receive.wait_for(|ready| *ready).await.expect("open");
                Snapshot { events: vec![Event::data("secret")], position: Position::START }
            }
        });
        publish(&hub, "a", "1");
        publish(&hub, "a", "2");
        let resumed = hub.subscribe_from("a", event_id(&crate::id(&hub, "0")));
        let mut waits = resumed.expect("within the limits").on_gap(source);
        waits = waits.opening(None).principal(&principal("ada"));
        assert_eq!(text(&hub, &mut waits), "");
        revoke(&hub, "ada");
        send.send_replace(ready);
        has_ended(&mut waits);
    }
}

#[test]
fn a_later_principal_replaces_an_earlier_one() {
    let hub = Hub::new();
    let mut subscription = of(&hub, "a", "ada").principal(&principal("bob"));
    text(&hub, &mut subscription);
    revoke(&hub, "ada");
    assert_eq!(text(&hub, &mut subscription), "");
    subscription = subscription.principal(&principal("cy"));
    revoke(&hub, "bob");
    assert_eq!(text(&hub, &mut subscription), "");
    revoke(&hub, "cy");
    has_ended(&mut subscription);
}

#[test]
fn principals_take_memory_only_while_they_have_subscriptions() {
    let hub = Hub::new();
    let before = hub.stats().memory;
    let mut all: Vec<_> =
        (0..1_000).map(|number| of(&hub, "a", &format!("user {}", number / 2))).collect();
    let registered = hub.stats().memory - before;
    assert!(registered > 500 * 300, "{registered} bytes");
    all.iter_mut().for_each(|it| _ = text(&hub, it));
    all.truncate(600);
    (0..100).for_each(|number| revoke(&hub, &format!("user {number}")));
    all.iter_mut().for_each(|it| _ = read(it));
    all.clear();
    assert_eq!(hub.stats().memory, before);
}

#[tokio::test]
async fn a_revocation_wakes_waiting_subscriptions() {
    let hub = Hub::new();
    let mut subscription = of(&hub, "a", "ada");
    assert!(subscription.next().await.is_some());
    let reader = tokio::spawn(async move { subscription.next().await });
    tokio::task::yield_now().await;
    hub.revoke(&principal("ada")).await.expect("in memory");
    let ended = tokio::time::timeout(Duration::from_secs(10), reader).await;
    assert_eq!(ended.expect("woken").expect("does not panic"), None);
}

#[test]
fn a_drained_hub_still_revokes() {
    let hub = keeping(10);
    publish(&hub, "a", "1");
    let mut replay = of(&hub, "a", "ada").start(Start::Earliest);
    hub.drain();
    revoke(&hub, "ada");
    has_ended(&mut replay);
}

#[test]
fn the_topic_of_control_entries_cannot_end() {
    let hub = Hub::new();
    let refused = Err(PublishError::Topic(InvalidTopicName::Reserved));
    assert_eq!(hub.end_now("sse-hub:control", None), refused);
    assert_eq!(hub.end_now("sse-hub:control", Event::data("1")), refused);
    assert_eq!(hub.topic("sse-hub:control").expect("a handle").end_now(None), refused);
    publish(&hub, "sse-hub:control", "an ordinary event");
}
