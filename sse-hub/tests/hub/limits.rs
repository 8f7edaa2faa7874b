//! Limits, and the errors that name them.

use sse_core::Event;
use sse_hub::{BackendError, Hub, InvalidTopicName, PublishError, Retention, SubscribeError};

use crate::{publish, read, text};

#[test]
fn an_event_is_refused_for_a_reason() {
    let hub = Hub::builder().max_event_bytes(20).build();
    let topic = hub.topic("a").expect("a valid name");
    for (name, event, expected) in [
        (
            "a",
            Event::data("x").id(7),
            "the event has its own id, but a hub's ids are its cursors; put yours into the data",
        ),
        ("a", Event::new(), "the event has no data; add some, even an empty string"),
        (
            "a",
            Event::new().event("x").comment("c"),
            "the event has no data; add some, even an empty string",
        ),
        (
            "a",
            Event::data("x".repeat(13)),
            "the event has 21 bytes, the limit is 20; raise HubBuilder::max_event_bytes",
        ),
        ("", Event::data("x"), "topic name is empty"),
        ("a\n", Event::data("x"), "topic name contains a control character at byte 1; remove it"),
    ] {
        let error = hub.publish_now(name, event.clone()).expect_err("refused");
        assert_eq!(error.to_string(), expected);
        if !matches!(error, PublishError::Topic(_)) {
            assert_eq!(topic.publish_now(event), Err(error));
        }
    }
    hub.publish_now("a", Event::data("x".repeat(12))).expect("within the limit");
    assert_eq!(hub.stats().published, 1, "what was refused was not published");
    assert_eq!(hub.stats().position.lower(), 1);
}

#[test]
fn a_refused_event_has_a_status() {
    let hub = Hub::builder().max_event_bytes(20).build();
    for (name, event, expected) in [
        ("", Event::data("x"), 400),
        ("a", Event::data("x").id(7), 400),
        ("a", Event::new(), 400),
        ("a", Event::data("x".repeat(13)), 413),
    ] {
        let error = hub.publish_now(name, event).expect_err("refused");
        assert_eq!(error.status(), expected, "{error}");
    }
    hub.drain();
    let error = hub.publish_now("a", Event::data("x")).expect_err("refused");
    assert_eq!(error.status(), 503, "{error}");
    // After 503 a client may publish the event again; after 504 it would risk a duplicate.
    for (may_be_stored, expected) in [(false, 503), (true, 504)] {
        let message = "no answer".to_owned();
        let error = BackendError::new(message).may_be_stored(may_be_stored);
        let doubled = error.to_string().contains("publishing it again may duplicate it");
        assert!(error.to_string().starts_with("no answer") && doubled == may_be_stored);
        let error = PublishError::Backend(error);
        assert_eq!(error.status(), expected, "{error}");
    }
    assert_eq!(PublishError::NeedsAwait.status(), 500);
}

#[test]
fn a_subscription_is_refused_for_a_reason() {
    let hub = Hub::builder().max_topics_per_subscriber(2).max_subscribers(2).build();
    for (topics, expected) in [
        (vec!["a", "b", "c"], "a subscription may have at most 2 topics; open another connection"),
        (vec![], "no topic was named; name at least one"),
        (vec!["a", ""], "topic name is empty"),
    ] {
        let error = hub.subscribe(topics).expect_err("refused");
        assert_eq!(error.to_string(), expected);
    }
    assert!(matches!(hub.subscribe(""), Err(SubscribeError::Topic(InvalidTopicName::Empty))));

    let one = hub.subscribe(["a", "b", "a"]).expect("two topics, one of them named twice");
    let _two = hub.subscribe("a").expect("the second");
    let error = hub.subscribe("a").expect_err("a third");
    assert_eq!(error.to_string(), "the hub has 2 subscribers, its limit; retry later");
    drop(one);
    assert!(hub.subscribe("a").is_ok());
}

#[test]
fn the_hub_stays_within_its_bytes_by_evicting_the_oldest_events_of_any_topic() {
    let max = 200_000;
    let retention = Retention::default().events(usize::MAX).bytes(usize::MAX);
    let hub = Hub::builder().retention(retention).max_bytes(max).build();
    let mut quiet = hub.subscribe("quiet").expect("within the limits");
    text(&hub, &mut quiet);
    publish(&hub, "quiet", "the oldest");
    for number in 0..5_000 {
        let topic = format!("topic {}", number % 50);
        hub.publish_now(&topic, Event::data("x".repeat(100))).expect("published");
        assert!(hub.stats().memory <= max, "{} bytes", hub.stats().memory);
    }
    assert!(hub.stats().memory > max / 2, "more was evicted than needed");
    assert!(text(&hub, &mut quiet).starts_with("event: gap\nid: E.1\n"));
    let topics: Vec<_> =
        (0..50).filter_map(|number| hub.topic_stats(format!("topic {number}"))).collect();
    let kept: usize = topics.iter().map(|stats| stats.bytes).sum();
    assert_eq!(kept, hub.stats().log_bytes);
    let kept: usize = topics.iter().map(|stats| stats.events).sum();
    assert_eq!(kept, hub.stats().events);
}

#[test]
fn an_event_larger_than_the_hub_s_bytes_is_a_gap_and_not_a_failure() {
    let hub = Hub::builder().max_bytes(4_000).build();
    let mut subscription = hub.subscribe("a").expect("within the limits");
    text(&hub, &mut subscription);
    hub.publish_now("a", Event::data("x".repeat(8_000))).expect("published");
    assert_eq!(hub.stats().log_bytes, 0);
    assert!(text(&hub, &mut subscription).starts_with("event: gap\nid: E.1\n"));
    publish(&hub, "a", "2");
    assert_eq!(text(&hub, &mut subscription), "id: E.2\ndata: 2\n\n");
}

#[test]
fn a_topic_over_the_limit_evicts_the_oldest_unused_one_or_is_refused() {
    let hub = Hub::builder().max_topics(3).build();
    publish(&hub, "read", "1");
    publish(&hub, "old", "2");
    publish(&hub, "new", "3");
    let mut reader = hub.subscribe("read").expect("it is there");
    read(&mut reader);
    publish(&hub, "newest", "4");
    let topics = ["read", "old", "new", "newest"].map(|topic| hub.topic_stats(topic).is_some());
    assert_eq!(topics, [true, false, true, true]);

    // A reservation takes room until it is cancelled.
    let waiting = hub.subscribe(["x", "y"]).expect("two can be evicted");
    assert_eq!(hub.stats().topics, 1);
    let full = "the hub has 3 topics, all in use; raise HubBuilder::max_topics and max_bytes, or retry later";
    let refused = hub.publish_now("z", Event::data("5")).expect_err("no room");
    assert_eq!((refused.to_string().as_str(), refused.status()), (full, 503));
    let refused = hub.subscribe(["read", "z"]).expect_err("no room");
    assert_eq!((refused.to_string().as_str(), refused.status()), (full, 503));
    assert_eq!(hub.subscriber_count("z").expect_err("no room").to_string(), full);
    assert_eq!(hub.topic("z").expect_err("no room").to_string(), full);
    assert_eq!(hub.stats().subscribers, 2, "who was refused is not counted");
    hub.publish_now("read", Event::data("6")).expect("a topic that is there");
    drop(waiting);
    let mut joined = hub.subscribe(["x", "y"]).expect("room for two");
    read(&mut joined);
    assert_eq!(hub.stats().topics, 3);
    drop(joined);
    publish(&hub, "z", "7");
    assert_eq!(hub.stats().topics, 2);
}

#[test]
fn evicted_events_that_connections_still_send_are_counted() {
    use futures_util::{FutureExt, StreamExt};
    const EVENT: usize = 20_000;
    let hub = Hub::builder().retention(Retention::default().events(2)).build();
    let mut slow = hub.subscribe("a").expect("within the limits").opening(None);
    assert!(slow.next().now_or_never().is_none());
    let mut unsent = Vec::new();
    for _ in 0..20 {
        hub.publish_now("a", Event::data("x".repeat(EVENT))).expect("published");
        unsent.extend(slow.next().now_or_never().flatten());
    }
    assert_eq!(unsent.len(), 20);
    let pinned = hub.stats().pinned_bytes;
    // From 96 KiB on it receives copies; the last two events are not evicted.
    assert!((4 * EVENT..=128 * 1024).contains(&pinned), "{pinned} bytes");
    drop(unsent);
    assert_eq!(hub.stats().pinned_bytes, 0);
}

#[test]
fn a_topic_that_is_evicted_before_its_subscriber_joins_refuses_nobody_else() {
    let hub = Hub::builder().max_topics(2).build();
    publish(&hub, "a", "1");
    let mut late = hub.subscribe("a").expect("it is there");
    publish(&hub, "b", "2");
    publish(&hub, "c", "3");
    assert!(hub.topic_stats("a").is_none(), "evicted for another");
    read(&mut late);
    assert_eq!(hub.stats().topics, 3, "one too many, for as long as it is read");
    assert!(hub.subscribe("b").is_ok(), "a topic that is there needs no room");
}

#[test]
fn topics_in_use_do_not_prevent_the_eviction_of_unused_ones() {
    let hub = Hub::builder().max_topics(12).build();
    let rooms: Vec<_> = (0..11).map(|number| format!("room {number}")).collect();
    let mut readers = Vec::new();
    for room in &rooms {
        hub.publish_now(room, Event::data("1")).expect("published");
        readers.push(hub.subscribe(&**room).expect("it is there"));
    }
    readers.iter_mut().for_each(|reader| _ = read(reader));
    publish(&hub, "idle", "2");
    publish(&hub, "new", "3");
    assert!(hub.topic_stats("idle").is_none() && hub.topic_stats("new").is_some());

    // Only one of the two could be evicted, which would not be enough, so none is.
    let refused = hub.subscribe(["x", "y"]).expect_err("no room for both");
    assert_eq!(refused.status(), 503);
    assert!(hub.topic_stats("new").is_some(), "a request that is refused costs nobody an event");
    drop(readers);
    assert!(hub.subscribe(["x", "y"]).is_ok());
}
