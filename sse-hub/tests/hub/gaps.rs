//! Gap events: every reason under every policy, frame by frame.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::Poll,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use sse_core::{Event, LastEventId};
use sse_hub::{
    Background, Delivery, GapReason, Hub, MemoryBackend, OnGap, Position, Retention, Snapshot,
    Start, Subscription,
};

use crate::{event_id, id, keeping, opening, poll, publish, read, text};

/// Topics `a` and `b`, each of which keeps its newest two events: 3 and 5 of `a`, 6 and 7 of `b`.
fn hub() -> Hub {
    let hub = keeping(2);
    for (topic, data) in
        [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4"), ("a", "5"), ("b", "6"), ("b", "7")]
    {
        publish(&hub, topic, data);
    }
    hub
}

fn subscribe(hub: &Hub, last: &str, on_gap: OnGap) -> Subscription {
    let last = last.replace("E.", &id(hub, ""));
    let last = LastEventId::from(event_id(&last));
    hub.subscribe(["a", "b"]).expect("within the limits").resume(last).on_gap(on_gap)
}

fn gap(id: &str, reason: &str, topics: &str, requested: &str, resumed_at: u64) -> String {
    let id = if id.is_empty() { String::new() } else { format!("id: {id}\n") };
    format!(
        "event: gap\n{id}data: {{\"reason\":\"{reason}\",\"topics\":[{topics}],\
         \"requested\":\"{requested}\",\"resumed_at\":\"E.{resumed_at}\"}}\n\n"
    )
}

fn event(at: u64) -> String {
    format!("id: E.{at}\ndata: {at}\n\n")
}

fn snapshot(position: u64, events: &'static [&'static str]) -> OnGap {
    OnGap::snapshot(move |_| async move {
        let events = events.iter().map(|data| Event::data(*data).id(99).event("s")).collect();
        Snapshot { events, position: Position::new(0, position) }
    })
}

const IDS: [(&str, &str); 6] = [
    ("nonsense", "malformed"),
    ("E.", "malformed"),
    ("E.07", "malformed"),
    ("other.3", "foreign"),
    ("E.8", "future"),
    ("E.18446744073709551615", "future"),
];

const BOTH: &str = "\"a\",\"b\"";

#[test]
fn an_id_that_is_no_place_in_the_log_then_the_oldest() {
    for (last, reason) in IDS {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, OnGap::Oldest);
        // 4 of `b` is lost between the events of `a`, so the gap is between them.
        let expected = gap("E.2", reason, BOTH, last, 2)
            + &event(3)
            + &gap("E.4", "trimmed", "\"b\"", "E.3", 4)
            + &[5, 6, 7].map(event).concat();
        assert_eq!(text(&hub, &mut subscription), expected, "{last}");
        publish(&hub, "a", "8");
        assert_eq!(text(&hub, &mut subscription), event(8), "{last}");
    }
}

#[test]
fn an_id_that_is_no_place_in_the_log_then_live() {
    for (last, reason) in IDS {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, OnGap::Live);
        assert_eq!(text(&hub, &mut subscription), gap("E.7", reason, BOTH, last, 7), "{last}");
        publish(&hub, "b", "8");
        assert_eq!(text(&hub, &mut subscription), event(8), "{last}");
    }
}

#[test]
fn an_id_that_is_no_place_in_the_log_then_a_snapshot() {
    for (last, reason) in IDS {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, snapshot(6, &["x", "y"]));
        let expected = gap("", reason, BOTH, last, 6)
            + "event: s\ndata: x\n\nevent: s\nid: E.6\ndata: y\n\n"
            + &event(7);
        assert_eq!(text(&hub, &mut subscription), expected, "{last}");
        publish(&hub, "b", "8");
        assert_eq!(text(&hub, &mut subscription), event(8), "{last}");
    }
}

#[test]
fn an_id_that_is_no_place_in_the_log_then_the_end() {
    for (last, reason) in IDS {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, OnGap::Close);
        let (text, ended) = read(&mut subscription);
        let text = text.replace(&id(&hub, ""), "E.");
        assert_eq!(text, gap("", reason, BOTH, last, 7), "{last}");
        assert!(ended);
        assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(0));
    }
}

/// The last ID, and the events before the gap; the policies differ in the rest.
const TRIMMED: [(&str, &str, &str); 4] = [
    ("E.0", "", "E.0"),
    ("E.1", "event: subscribed\nid: E.1\ndata: {\"resumed\":true}\n\nid: E.3\ndata: 3\n\n", "E.3"),
    ("E.2", "event: subscribed\nid: E.2\ndata: {\"resumed\":true}\n\nid: E.3\ndata: 3\n\n", "E.3"),
    ("E.3", "", "E.3"),
];

#[test]
fn a_trimmed_id_then_the_oldest() {
    let rest = gap("E.4", "trimmed", "\"b\"", "E.3", 4) + &[5, 6, 7].map(event).concat();
    for (last, before, _) in TRIMMED {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, OnGap::Oldest);
        // Of `a` 1 is lost, of `b` 2 and 4.
        let before = match last {
            "E.0" => gap("E.1", "trimmed", "\"a\"", "E.0", 1) + &event(3),
            _ => before.to_owned(),
        };
        assert_eq!(text(&hub, &mut subscription), before + &rest, "{last}");
        assert_eq!(hub.stats().gaps, [(GapReason::Trimmed, if last == "E.0" { 2 } else { 1 })]);
    }
}

#[test]
fn a_trimmed_id_then_live() {
    for (last, before, requested) in TRIMMED {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, OnGap::Live);
        let expected = before.to_owned() + &gap("E.7", "trimmed", BOTH, requested, 7);
        assert_eq!(text(&hub, &mut subscription), expected, "{last}");
        publish(&hub, "a", "8");
        assert_eq!(text(&hub, &mut subscription), event(8), "{last}");
    }
}

#[test]
fn a_trimmed_id_then_a_snapshot() {
    for (last, before, requested) in TRIMMED {
        let hub = hub();
        let mut subscription = subscribe(&hub, last, snapshot(6, &["x", "y"]));
        let expected = before.to_owned()
            + &gap("", "trimmed", BOTH, requested, 6)
            + "event: s\ndata: x\n\nevent: s\nid: E.6\ndata: y\n\n"
            + &event(7);
        assert_eq!(text(&hub, &mut subscription), expected, "{last}");
    }
}

#[test]
fn a_trimmed_id_then_the_end() {
    for (last, before, requested) in TRIMMED {
        let hub = hub();
        let (text, ended) = read(&mut subscribe(&hub, last, OnGap::Close));
        let expected = before.to_owned() + &gap("", "trimmed", BOTH, requested, 7);
        assert_eq!(text.replace(&id(&hub, ""), "E."), expected, "{last}");
        assert!(ended);
    }
}

#[test]
fn an_id_after_which_nothing_was_lost_is_not_a_gap() {
    for policy in [OnGap::Oldest, OnGap::Live, OnGap::Close, snapshot(7, &[])] {
        for last in 4..=7 {
            let hub = hub();
            let opening = opening(&format!("E.{last}"), true);
            let mut subscription = subscribe(&hub, &format!("E.{last}"), policy.clone());
            let expected = opening + &(last + 1..=7).map(event).collect::<String>();
            assert_eq!(text(&hub, &mut subscription), expected, "{last} {policy:?}");
        }
    }
}

#[test]
fn a_gap_is_reported_once_and_not_again_after_a_reconnect() {
    for policy in [OnGap::Oldest, OnGap::Live, snapshot(7, &["x"])] {
        let hub = hub();
        let mut subscription = subscribe(&hub, "E.3", policy.clone());
        let read = text(&hub, &mut subscription);
        assert_eq!(text(&hub, &mut subscription), "");
        let ids = read.lines().filter_map(|line| line.strip_prefix("id: "));
        for last in ids {
            let again = text(&hub, &mut subscribe(&hub, last, policy.clone()));
            assert!(again.starts_with(&opening(last, true)), "{policy:?} {again:?}");
            assert!(!again.contains("gap"), "{policy:?} {again:?}");
        }
    }
}

#[test]
fn a_snapshot_without_events_is_its_position() {
    let hub = hub();
    let mut subscription = subscribe(&hub, "other.1", snapshot(6, &[]));
    let expected = gap("E.6", "foreign", BOTH, "other.1", 6) + &event(7);
    assert_eq!(text(&hub, &mut subscription), expected);
}

#[test]
fn the_last_event_of_a_snapshot_with_data_has_its_id() {
    for (events, expected) in [
        (vec![Event::data("x"), Event::new().comment("c")], "id: E.6\ndata: x\n\n: c\n"),
        (vec![Event::data("x"), Event::new().event("s")], "id: E.6\ndata: x\n\nevent: s\n\n"),
        (vec![Event::new().comment("c"), Event::data("x").id(99)], ": c\nid: E.6\ndata: x\n\n"),
    ] {
        let hub = hub();
        let on_gap = OnGap::snapshot(move |_| {
            let events = events.clone();
            async { Snapshot { events, position: Position::new(0, 6) } }
        });
        let mut subscription = subscribe(&hub, "other.1", on_gap);
        let expected = gap("", "foreign", BOTH, "other.1", 6) + expected + &event(7);
        assert_eq!(text(&hub, &mut subscription), expected);
    }
    let hub = hub();
    let on_gap = OnGap::snapshot(|_| async {
        Snapshot { events: vec![Event::new().comment("c")], position: Position::new(0, 6) }
    });
    let expected = gap("E.6", "foreign", BOTH, "other.1", 6) + ": c\n" + &event(7);
    assert_eq!(text(&hub, &mut subscribe(&hub, "other.1", on_gap)), expected);
}

#[test]
fn a_snapshot_ahead_of_the_log_counts_as_now_and_one_before_the_floors_continues_after_them() {
    for (position, resumed_at, rest) in
        [(100, 7, String::new()), (0, 4, [5, 6, 7].map(event).concat())]
    {
        let hub = hub();
        for (last, reason) in [("other.1", "foreign"), ("E.3", "trimmed")] {
            let mut subscription = subscribe(&hub, last, snapshot(position, &["x"]));
            let expected = gap("", reason, BOTH, last, resumed_at)
                + &format!("event: s\nid: E.{resumed_at}\ndata: x\n\n")
                + &rest;
            assert_eq!(text(&hub, &mut subscription), expected, "{last}");
        }
    }
}

/// A snapshot that resolves once it is given; it is requested once for each gap.
fn later() -> (OnGap, Arc<Mutex<Option<u64>>>) {
    let given = Arc::new(Mutex::new(None::<u64>));
    let on_gap = OnGap::snapshot({
        let given = Arc::clone(&given);
        move |_| {
            let given = Arc::clone(&given);
            poll_fn(move |_| match given.lock().expect("not poisoned").take() {
                Some(at) => Poll::Ready(Snapshot {
                    events: vec![Event::data("x")],
                    position: Position::new(0, at),
                }),
                None => Poll::Pending,
            })
        }
    });
    (on_gap, given)
}

#[test]
fn events_published_while_a_snapshot_is_made_follow_it() {
    let hub = hub();
    let (on_gap, given) = later();
    let mut subscription = subscribe(&hub, "E.3", on_gap);
    assert_eq!(text(&hub, &mut subscription), "");
    publish(&hub, "a", "8");
    assert_eq!(text(&hub, &mut subscription), "");
    *given.lock().expect("not poisoned") = Some(7);
    let expected = gap("", "trimmed", BOTH, "E.3", 7) + "id: E.7\ndata: x\n\n" + &event(8);
    assert_eq!(text(&hub, &mut subscription), expected);
}

#[test]
fn a_snapshot_that_hangs_does_not_outlive_a_drain() {
    let hub = hub();
    let (on_gap, _never_given) = later();
    let mut subscription = subscribe(&hub, "E.3", on_gap);
    assert_eq!(text(&hub, &mut subscription), "");
    hub.drain();
    assert_eq!(read(&mut subscription), (String::new(), true));
    assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(0));
}

#[test]
fn events_lost_while_a_snapshot_is_made_cause_another() {
    let hub = hub();
    let (on_gap, given) = later();
    let mut subscription = subscribe(&hub, "E.3", on_gap);
    assert_eq!(text(&hub, &mut subscription), "");
    for data in ["8", "9", "10"] {
        publish(&hub, "a", data);
    }
    *given.lock().expect("not poisoned") = Some(7);
    let expected = gap("", "trimmed", BOTH, "E.3", 7) + "id: E.7\ndata: x\n\n";
    assert_eq!(text(&hub, &mut subscription), expected);
    *given.lock().expect("not poisoned") = Some(8);
    let expected = gap("", "trimmed", "\"a\"", "E.7", 8)
        + "id: E.8\ndata: x\n\n"
        + &[9, 10].map(event).concat();
    assert_eq!(text(&hub, &mut subscription), expected);
}

#[test]
fn a_subscriber_that_leaves_during_a_snapshot_or_whose_snapshot_panics_leaves_nothing() {
    let panics = OnGap::snapshot(|_| -> std::future::Ready<Snapshot> { panic!("the application") });
    for on_gap in [later().0, panics] {
        let hub = hub();
        let mut subscription = subscribe(&hub, "E.3", on_gap);
        let polled = std::panic::AssertUnwindSafe(|| poll(&mut subscription).is_pending());
        let _ = std::panic::catch_unwind(polled);
        assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(1));
        drop(subscription);
        assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(0));
        assert_eq!(hub.stats().subscribers, 0);
    }
}

#[test]
fn a_new_client_gets_gaps_only_where_it_continues_after_them() {
    let rest = [5, 6, 7].map(event).concat();
    let gaps =
        opening("E.2", false) + &event(3) + &gap("E.4", "trimmed", "\"b\"", "E.3", 4) + &rest;
    let behind = opening("E.4", false) + &rest;
    for (on_gap, expected) in [
        (OnGap::Oldest, &gaps),
        (OnGap::Live, &behind),
        (OnGap::Close, &behind),
        (snapshot(7, &[]), &behind),
    ] {
        for start in [Start::Earliest, Start::Last(4)] {
            let hub = hub();
            let subscription = hub.subscribe(["a", "b"]).expect("within the limits");
            let mut subscription = subscription.start(start).on_gap(on_gap.clone());
            assert_eq!(text(&hub, &mut subscription), *expected, "{on_gap:?} {start:?}");
        }
    }
}

#[test]
fn a_reader_that_falls_off_the_log_gets_a_gap_and_the_rest() {
    let hub = keeping(3);
    let mut subscription = hub.subscribe("a").expect("within the limits");
    assert_eq!(text(&hub, &mut subscription), opening("E.0", false));
    for data in ["1", "2", "3", "4", "5"] {
        publish(&hub, "a", data);
    }
    assert_eq!(subscription.lag(), 3);
    let expected = gap("E.2", "trimmed", "\"a\"", "E.0", 2) + &[3, 4, 5].map(event).concat();
    assert_eq!(text(&hub, &mut subscription), expected);
    assert_eq!(subscription.lag(), 0);
    publish(&hub, "a", "6");
    assert_eq!(text(&hub, &mut subscription), event(6));
}

#[test]
fn a_removed_topic_leaves_its_floor() {
    let age = Duration::from_secs(10);
    let hub = Hub::builder().retention(Retention::default().age(age)).build();
    publish(&hub, "a", "1");
    publish(&hub, "a", "2");
    hub.tick(Instant::now() + 2 * age);
    assert_eq!((hub.topic_stats("a"), hub.stats().topics), (None, 0));
    publish(&hub, "b", "3");

    let resume = |topic: &str, last: u64| {
        let last = LastEventId::from(event_id(&id(&hub, &last.to_string())));
        text(&hub, &mut hub.subscribe(topic).expect("within the limits").resume(last))
    };
    for _ in 0..2 {
        assert_eq!(resume("a", 1), gap("E.2", "trimmed", "\"a\"", "E.1", 2));
        assert_eq!(resume("a", 2), opening("E.2", true));
        assert_eq!(resume("never", 1), opening("E.1", true), "it has lost nothing");
    }
}

#[test]
fn a_reader_of_the_latest_skips_trimmed_events() {
    let hub = hub();
    let mut subscription = subscribe(&hub, "E.0", OnGap::Oldest).delivery(Delivery::Latest);
    let expected = opening("E.0", true) + &[5, 7].map(event).concat();
    assert_eq!(text(&hub, &mut subscription), expected);
    assert_eq!(hub.stats().gaps, []);
}

fn fill(background: &mut Background) {
    assert_eq!(background.now_or_never(), None);
}

#[tokio::test]
async fn a_new_epoch_is_a_gap_in_the_middle_of_a_stream() {
    let backend = MemoryBackend::new(100);
    let hub = Hub::builder().open(backend.clone()).await.expect("opens");
    let mut background = hub.background();
    let (on_gap, given) = later();
    let subscribe = || hub.subscribe("a").expect("within the limits");
    let (mut plain, mut snapshot) = (subscribe(), subscribe().on_gap(on_gap));
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut background);
    let epoch = id(&hub, "");
    for subscription in [&mut plain, &mut snapshot] {
        assert_eq!(text(&hub, subscription), opening("E.1", false));
    }

    backend.lose_everything();
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut background);
    let foreign = |id, requested: &str, at| gap(id, "foreign", "\"a\"", requested, at);
    let requested = format!("{epoch}1");
    assert_eq!(text(&hub, &mut plain), foreign("E.0", &requested, 0) + &event(1));

    // Another new epoch begins while the snapshot is made: its position belongs to the old one.
    assert_eq!(text(&hub, &mut snapshot), "");
    let before = id(&hub, "0");
    backend.lose_everything();
    hub.publish("a", Event::data("1")).await.expect("published");
    fill(&mut background);
    *given.lock().expect("not poisoned") = Some(1);
    let stale = text(&hub, &mut snapshot);
    assert!(stale.ends_with(&format!("id: {before}\ndata: x\n\n")), "{stale:?}");
    *given.lock().expect("not poisoned") = Some(0);
    let expected = foreign("", &before, 0) + "id: E.0\ndata: x\n\n" + &event(1);
    assert_eq!(text(&hub, &mut snapshot), expected);
}
