//! The metrics of a hub.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use metrics::set_default_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use sse_core::{Event, LastEventId};
use sse_hub::{
    Backend, BackendError, Delivery, Hub, MemoryBackend, OnGap, Position, PublishError, Snapshot,
    Subscription, TopicName,
    backend::{Appended, BackendFuture, CloseFuture, LogEvent, Opened, Page, TailStream},
};

use crate::{event_id, id, keeping, publish, read};

/// Adds up what the recorder has seen. A snapshot begins again at zero.
struct Seen(Snapshotter, BTreeMap<String, Vec<f64>>);

impl Seen {
    fn by(recorder: &DebuggingRecorder) -> Self {
        Self(recorder.snapshotter(), BTreeMap::new())
    }

    /// Takes what was recorded since the last call: the sum of a counter, the last value of a gauge, and all values of
    /// a histogram.
    fn update(&mut self) {
        for (key, _, _, value) in self.0.snapshot().into_vec() {
            let key = key.key();
            let labels = key.labels().map(|label| format!("{}={}", label.key(), label.value()));
            let name = [key.name().to_owned()].into_iter().chain(labels);
            let values = self.1.entry(name.collect::<Vec<_>>().join(" ")).or_default();
            match value {
                DebugValue::Counter(more) => {
                    *values = vec![values.first().unwrap_or(&0.0) + more as f64];
                }
                DebugValue::Gauge(value) => *values = vec![value.0],
                DebugValue::Histogram(more) => values.extend(more.iter().map(|value| value.0)),
            }
        }
    }

    fn values(&self, name: &str) -> Vec<f64> {
        self.1.get(name).cloned().unwrap_or_default()
    }

    #[track_caller]
    fn shows(&self, name: &str, expected: f64) {
        assert_eq!(self.values(name), [expected], "{name}: {:?}", self.1);
    }

    fn count(&self, histogram: &str) -> usize {
        self.values(histogram).len()
    }
}

#[tokio::test]
async fn each_publish_is_measured_by_its_outcome() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = Hub::builder().max_event_bytes(20).build();
    let topic = hub.topic("a").expect("within the limits");
    hub.publish("a", Event::data("1")).await.expect("published");
    hub.publish_now("a", Event::data("2")).expect("published");
    topic.publish_now(Event::data("3")).expect("published");
    hub.end("b", Event::data("last")).await.expect("ended");
    for (event, topic) in [
        (Event::data("1").id(7), "a"),
        (Event::new(), "a"),
        (Event::data("more than twenty bytes"), "a"),
        (Event::data("1"), "b"),
        (Event::data("1"), "not\nvalid"),
    ] {
        hub.publish(topic, event).await.expect_err("refused");
    }
    hub.drain();
    hub.publish_now("a", Event::data("1")).expect_err("drained");
    seen.update();
    seen.shows("sse_hub_published_events_total", 4.0);
    for (outcome, count) in [
        ("ok", 4),
        ("has_id", 1),
        ("no_data", 1),
        ("too_large", 1),
        ("ended", 1),
        ("invalid_topic", 1),
        ("drained", 1),
    ] {
        let name = format!("sse_hub_publish_seconds outcome={outcome}");
        assert_eq!(seen.count(&name), count, "{outcome}");
    }
}

#[test]
fn subscriptions_are_counted_by_their_start_and_gaps_by_reason() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = keeping(2);
    for data in ["1", "2", "3", "4"] {
        publish(&hub, "a", data);
    }
    let at = |position: &str| id(&hub, position);
    // The probes that ask for an ID are fresh.
    let (oldest, newest, future) = (at("1"), at("3"), at("9"));
    let subscribe = |last: Option<&str>| {
        let last = last.map_or_else(LastEventId::default, |last| event_id(last).into());
        let subscription = hub.subscribe_from("a", last).expect("within the limits");
        read(&mut subscription.on_gap(OnGap::Oldest));
    };
    for last in [None, Some(&*oldest), Some(&newest), Some(&future), Some("nonsense"), Some("o.1")]
    {
        subscribe(last);
    }
    seen.update();
    for (start, count) in [("fresh", 4.0), ("resumed", 1.0), ("gap", 2.0), ("bad_cursor", 2.0)] {
        seen.shows(&format!("sse_hub_subscriptions_opened_total start={start}"), count);
    }
    for (reason, count) in [("trimmed", 1.0), ("future", 1.0), ("malformed", 1.0), ("foreign", 1.0)]
    {
        seen.shows(&format!("sse_hub_gaps_total reason={reason}"), count);
    }
    // Of the missed events, two are still kept for the first, and one for the second.
    assert_eq!(seen.values("sse_hub_resume_events"), [2.0, 1.0]);
}

/// Publishes seven events to two topics that keep two events each, and checks how many of them a subscription misses.
#[track_caller]
fn check_missed(topics: &[&str], change: impl Fn(Subscription) -> Subscription, missed: &[f64]) {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = keeping(2);
    let mut subscription = change(hub.subscribe(topics.to_vec()).expect("within the limits"));
    publish(&hub, "a", "before");
    read(&mut subscription);
    for topic in ["a", "b", "a", "a", "b", "a", "b"] {
        publish(&hub, topic, "data");
    }
    read(&mut subscription);
    seen.update();
    assert_eq!(seen.values("sse_hub_missed_events_total reason=trimmed"), missed, "{topics:?}");
}

#[test]
fn events_that_a_slow_subscriber_misses_are_counted() {
    check_missed(&["a"], |it| it, &[2.0]);
    check_missed(&["b"], |it| it, &[1.0]);
    check_missed(&["a", "b"], |it| it, &[3.0]);
    check_missed(&["a", "b", "c"], |it| it.on_gap(OnGap::Live), &[7.0]);
    check_missed(&["a"], |it| it.on_gap(OnGap::Close), &[4.0]);
    // Not an event, but its newest value.
    check_missed(&["a"], |it| it.delivery(Delivery::Latest), &[]);
    let snapshot = OnGap::snapshot(|_| async {
        Snapshot { position: Position::new(0, 8), events: Vec::new() }
    });
    check_missed(&["a", "b"], |it| it.on_gap(snapshot.clone()), &[]);
}

#[test]
fn events_are_counted_as_missed_only_where_their_number_is_known() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = keeping(2);
    for topic in ["a", "b", "a", "a", "a", "b"] {
        publish(&hub, topic, "data");
    }
    let last = LastEventId::from(event_id(&id(&hub, "1")));
    let mut one = hub.subscribe("a").expect("within the limits").resume(last.clone());
    let mut many = hub.subscribe(["a", "b"]).expect("within the limits").resume(last);
    let (first, second) = (read(&mut one).0, read(&mut many).0);
    seen.update();
    assert!(first.contains("event: gap") && second.contains("event: gap"));
    seen.shows("sse_hub_gaps_total reason=trimmed", 2.0);
    assert_eq!(seen.count("sse_hub_missed_events_total reason=trimmed"), 0, "they were away");

    for topic in ["a", "b", "a", "a", "a", "b"] {
        publish(&hub, topic, "data");
    }
    read(&mut one);
    read(&mut many);
    seen.update();
    seen.shows("sse_hub_missed_events_total reason=trimmed", 4.0);
}

#[test]
fn a_refused_subscription_is_counted_by_its_reason() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = Hub::builder().max_subscribers(1).build();
    let _only = hub.subscribe("a").expect("within the limits");
    hub.subscribe("a").expect_err("full");
    hub.subscribe("not\nvalid").expect_err("invalid");
    hub.subscribe([""; 0]).expect_err("no topics");
    let last = hub.end_now("b", Event::data("done")).expect("ended");
    hub.subscribe_from("b", last).expect_err("ended");
    hub.drain();
    hub.topic("a").expect("a topic").subscribe().expect_err("drained");
    seen.update();
    for reason in ["too_many_subscribers", "invalid_topic", "no_topics", "ended", "drained"] {
        seen.shows(&format!("sse_streams_rejected_total reason={reason}"), 1.0);
    }
}

#[test]
fn delivery_is_measured_for_subscribers_that_had_everything() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = Hub::new();
    publish(&hub, "a", "before");
    std::thread::sleep(Duration::from_millis(20));
    let mut waiting = hub.subscribe("a").expect("within the limits");
    read(&mut waiting);
    let mut resumed = hub.subscribe_from("a", event_id(&id(&hub, "0"))).expect("within the limits");
    read(&mut resumed);
    seen.update();
    assert_eq!(seen.count("sse_hub_delivery_seconds"), 0, "events from before the connection");

    publish(&hub, "a", "live");
    std::thread::sleep(Duration::from_millis(20));
    read(&mut waiting);
    read(&mut resumed);
    seen.update();
    let values = seen.values("sse_hub_delivery_seconds");
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|seconds| (0.02..10.0).contains(seconds)), "{values:?}");
}

#[test]
fn delivery_is_measured_about_once_a_second_for_each_subscriber() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = Hub::new();
    let mut readers = [(); 3].map(|()| hub.subscribe("a").expect("within the limits"));
    readers.iter_mut().for_each(|reader| _ = read(reader));
    let began = Instant::now();
    for pause in [Duration::ZERO, Duration::from_millis(1_010)] {
        std::thread::sleep(pause);
        for _ in 0..50 {
            publish(&hub, "a", "1");
            readers.iter_mut().for_each(|reader| _ = read(reader));
        }
    }
    seen.update();
    let measured = seen.count("sse_hub_delivery_seconds");
    let most = 3 * (1 + began.elapsed().as_secs() as usize);
    assert!((6..=most).contains(&measured), "{measured} of 300 deliveries");
}

#[tokio::test(start_paused = true)]
async fn the_background_records_the_gauges_once_a_second() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let hub = Hub::new();
    tokio::spawn(hub.background());
    publish(&hub, "a", "1");
    publish(&hub, "b", "2");
    let subscription = hub.subscribe("a").expect("within the limits");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let stats = hub.stats();
    seen.update();
    for (name, value) in [
        ("sse_hub_topics", 2),
        ("sse_hub_subscriptions", 1),
        ("sse_hub_events", 2),
        ("sse_hub_bytes", stats.log_bytes),
        ("sse_hub_memory_bytes", stats.memory),
        ("sse_hub_pinned_bytes", 0),
    ] {
        seen.shows(name, value as f64);
    }
    assert_eq!(seen.count("sse_hub_backend_connected"), 0, "in memory");
    drop(subscription);
    tokio::time::sleep(Duration::from_secs(1)).await;
    seen.update();
    seen.shows("sse_hub_subscriptions", 0.0);
}

/// A backend that, if it is away, refuses every append and reports an error in its tail.
struct Reachable(MemoryBackend, bool);

impl Backend for Reachable {
    fn open(&self) -> BackendFuture<'_, Opened> {
        self.0.open()
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        match self.1 {
            true => self.0.append(topic, body),
            false => Box::pin(async { Err(BackendError::new("away")) }),
        }
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        self.0.read(after, max)
    }

    fn tail(&self, after: Position) -> TailStream {
        if self.1 {
            return self.0.tail(after);
        }
        let error = stream::iter([Err::<LogEvent, _>(BackendError::new("away"))]);
        error.chain(stream::pending()).boxed()
    }

    fn close(&self) -> CloseFuture<'_> {
        self.0.close()
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_is_away_shows() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    for (reachable, connected, errors) in [(true, 1.0, None), (false, 0.0, Some(1.0))] {
        let backend = Reachable(MemoryBackend::new(10), reachable);
        let hub = Hub::builder().open(backend).await.expect("open");
        let background = tokio::spawn(hub.background());
        let published = hub.publish("a", Event::data("1")).await;
        assert_eq!(matches!(published, Err(PublishError::Backend(_))), errors.is_some());
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        seen.update();
        seen.shows("sse_hub_backend_connected", connected);
        seen.shows("sse_hub_backend_behind", 0.0);
        for operation in ["append", "tail"] {
            let name = format!("sse_hub_backend_errors_total operation={operation}");
            assert_eq!(seen.values(&name).first().copied(), errors, "{operation}");
        }
        drop(hub);
        background.await.expect("no panic");
    }
    assert_eq!(seen.count("sse_hub_publish_seconds outcome=backend_error"), 1);
}
