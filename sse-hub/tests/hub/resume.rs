//! A stream that is cut anywhere and resumed equals the uncut stream.

use futures_util::StreamExt;
use sse_core::{Decoder, Event, EventId, EventName, LastEventId};
use sse_hub::{Delivery, Hub, OnGap, Position, Snapshot, Start, Subscription};

use crate::{event_id, id, keeping, opening, poll, publish, read, text};

/// Cuts a stream at each byte, resumes with the last whole block's ID, and compares.
#[track_caller]
fn check(hub: &Hub, sent: Option<&str>, configure: impl Fn(Subscription) -> Subscription) {
    let connect = |sent: Option<EventId>| {
        let subscription = hub.subscribe(["a", "b"]).expect("within the limits");
        let last = sent.map_or_else(LastEventId::default, LastEventId::from);
        read(&mut configure(subscription).resume(last)).0
    };
    let sent = sent.map(|sent| event_id(&sent.replace("E.", &id(hub, ""))));
    let uncut = connect(sent.clone());
    for cut in 0..=uncut.len() {
        let mut decoder = Decoder::resume(sent.as_deref().unwrap_or_default());
        decoder.feed(&uncut.as_bytes()[..cut]);
        decoder.by_ref().for_each(drop);
        let last = Some(event_id(decoder.last_event_id())).filter(|id| !id.is_empty());
        let resumed = connect(last.clone());

        // The blocks of a snapshot without an ID are repeated: only its end has an ID.
        let id_line = last.as_ref().map(|last| format!("id: {}\n", &**last)).unwrap_or_default();
        let block = uncut[..cut].rfind(&id_line).filter(|_| last.is_some());
        let end = block.and_then(|at| Some(at + uncut[at..].find("\n\n")? + 2));
        let whole = &uncut[..end.unwrap_or(0)];
        let opening = last.map(|last| opening(&last, true)).unwrap_or_default();
        let rest = match whole {
            "" => &resumed,
            _ => resumed.strip_prefix(&opening).unwrap_or(&resumed),
        };
        assert_eq!([whole, rest].concat(), uncut, "cut at byte {cut}");
    }
}

fn hub() -> Hub {
    let hub = keeping(5);
    for number in 0..12 {
        let topic = if number % 3 == 0 { "a" } else { "b" };
        hub.publish_now(topic, Event::data(format!("{number}\n").repeat(number)))
            .expect("published");
    }
    hub
}

fn snapshot() -> OnGap {
    OnGap::snapshot(|_| async {
        let events = ["x", "y", "z"].map(Event::data).to_vec();
        Snapshot { events, position: Position::new(0, 9) }
    })
}

#[test]
fn from_any_place() {
    for last in 0..=12 {
        let last = format!("E.{last}");
        check(&hub(), Some(&last), |subscription| subscription);
        check(&hub(), Some(&last), |subscription| subscription.on_gap(OnGap::Live));
        check(&hub(), Some(&last), |subscription| subscription.on_gap(snapshot()));
    }
}

#[test]
fn from_an_id_that_is_no_place() {
    for last in ["nonsense", "other.7", "E.13"] {
        check(&hub(), Some(last), |subscription| subscription);
        check(&hub(), Some(last), |subscription| subscription.on_gap(OnGap::Live));
        check(&hub(), Some(last), |subscription| subscription.on_gap(snapshot()));
    }
}

#[test]
fn from_a_start() {
    for start in [Start::Live, Start::Earliest, Start::Last(3), Start::Last(usize::MAX)] {
        check(&hub(), None, |subscription| subscription.start(start));
        check(&hub(), None, |subscription| subscription.start(start).on_gap(OnGap::Live));
        check(&hub(), None, |subscription| subscription.start(start).on_gap(OnGap::Close));
    }
}

#[test]
fn from_the_starts_of_its_topics() {
    let starts = [Start::Live, Start::Earliest, Start::Last(0), Start::Last(2), Start::Last(9)];
    for (all, a) in starts.iter().flat_map(|all| starts.map(|a| (*all, a))) {
        for on_gap in [OnGap::Oldest, OnGap::Live, OnGap::Close, snapshot()] {
            check(&hub(), None, |subscription| {
                subscription.start(all).start_of("a", a).on_gap(on_gap.clone())
            });
        }
    }
}

#[test]
fn each_topic_may_have_its_own_start() {
    let hub = Hub::new();
    for (topic, data) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("b", "5"), ("c", "6")] {
        publish(&hub, topic, data);
    }
    let subscribe = || hub.subscribe(["a", "b", "c"]).expect("within the limits");
    let mut events = subscribe().start_of("a", Start::Last(1)).start_of("b", Start::Earliest);
    let backlog = "event: subscribed\ndata: {\"resumed\":false}\n\n\
                   data: 2\n\ndata: 3\n\nid: E.6\ndata: 5\n\n";
    assert_eq!(text(&hub, &mut events), backlog);
    assert_eq!(events.lag(), 0);
    publish(&hub, "c", "7");
    assert_eq!(events.lag(), 1);
    assert_eq!(text(&hub, &mut events), "id: E.7\ndata: 7\n\n");

    let mut events = subscribe().start(Start::Earliest).start_of("c", Start::Last(1));
    let backlog = "event: subscribed\ndata: {\"resumed\":false}\n\n\
                   data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 5\n\nid: E.7\ndata: 7\n\n";
    assert_eq!(text(&hub, &mut events), backlog);

    // A client that resumes, and one without a backlog, are like any other.
    let last = event_id(&id(&hub, "4"));
    let mut events = subscribe().start_of("a", Start::Earliest).resume(last);
    let rest = "id: E.5\ndata: 5\n\nid: E.6\ndata: 6\n\nid: E.7\ndata: 7\n\n";
    assert_eq!(text(&hub, &mut events), opening("E.4", true) + rest);
    for subscription in [
        subscribe().start_of("a", Start::Live).start_of("c", Start::Last(0)),
        subscribe().start_of("another topic", Start::Earliest),
    ] {
        assert_eq!(text(&hub, &mut { subscription }), opening("E.7", false));
    }
}

#[test]
fn only_the_last_event_of_a_large_backlog_has_an_id() {
    let hub = keeping(10_000);
    for number in 0..3_000 {
        hub.publish_now("a", Event::data("x".repeat(number % 100))).expect("published");
        publish(&hub, "b", "y");
    }
    let subscription = hub.subscribe(["a", "b"]).expect("within the limits");
    let mut events = subscription.start_of("a", Start::Last(2_000)).opening(None);
    let all = text(&hub, &mut events);
    assert_eq!(all.matches("data: x").count(), 1_980, "20 have no data");
    assert_eq!((all.matches("id: ").count(), all.matches("data: y").count()), (1, 0));
    let last = all.rfind("\n\n").and_then(|end| all[..end].rfind("\n\n")).expect("many events");
    assert!(all[last..].starts_with("\n\nid: E.6000\ndata: "), "{}", &all[last..]);
}

#[test]
fn of_the_latest() {
    for last in 0..=12 {
        let last = format!("E.{last}");
        check(&hub(), Some(&last), |subscription| subscription.delivery(Delivery::Latest));
    }
}

#[test]
fn a_client_that_is_cut_before_its_first_event_loses_nothing() {
    let hub = Hub::new();
    publish(&hub, "a", "before");
    let opening = text(&hub, &mut hub.subscribe("a").expect("within the limits"));
    assert_eq!(opening, crate::opening("E.1", false));
    let mut decoder = Decoder::new();
    decoder.feed(opening.replace("E.", &id(&hub, "")).as_bytes());
    assert_eq!(decoder.by_ref().count(), 1, "an event with data, and nothing else");
    let last = event_id(decoder.last_event_id());

    publish(&hub, "a", "meanwhile");
    let mut again = hub.subscribe("a").expect("within the limits").resume(last);
    assert_eq!(
        text(&hub, &mut again),
        crate::opening("E.1", true) + "id: E.2\ndata: meanwhile\n\n"
    );
}

#[test]
fn one_id_resumes_many_topics() {
    let hub = Hub::new();
    let topics: Vec<_> = (0..20).map(|number| format!("topic {number}")).collect();
    for number in 0..200 {
        let topic = &topics[number * 7 % 20];
        hub.publish_now(topic, Event::data(number.to_string())).expect("published");
    }
    let last = event_id(&id(&hub, "150"));
    let mut subscription = hub.subscribe(topics).expect("within the limits").resume(last);
    let expected: String =
        (151..=200).map(|at| format!("id: E.{at}\ndata: {}\n\n", at - 1)).collect();
    assert_eq!(text(&hub, &mut subscription), opening("E.150", true) + &expected);
}

#[test]
fn another_hub_does_not_resume_silently() {
    let (old, new) = (Hub::new(), Hub::new());
    publish(&old, "a", "1");
    publish(&new, "a", "1");
    let last = event_id(&id(&old, "1"));
    let mut subscription = new.subscribe("a").expect("within the limits").resume(last.clone());
    let expected = format!(
        "event: gap\nid: E.0\ndata: {{\"reason\":\"foreign\",\"topics\":[\"a\"],\
         \"requested\":\"{}\",\"resumed_at\":\"E.0\"}}\n\nid: E.1\ndata: 1\n\n",
        &*last
    );
    assert_eq!(text(&new, &mut subscription), expected);
}

#[test]
fn a_reader_continues_after_a_full_item() {
    let hub = Hub::new();
    for _ in 0..100 {
        hub.publish_now("a", Event::data("x".repeat(1_000))).expect("published");
    }
    for topics in [&["a"][..], &["a", "b"]] {
        let subscription = hub.subscribe(topics).expect("within the limits");
        let all = text(&hub, &mut subscription.start(Start::Earliest));
        assert_eq!(all.matches("data: x").count(), 100);
    }
}

#[tokio::test]
async fn all_that_is_pending_comes_in_items_of_up_to_32_kib() {
    let hub = keeping(100_000);
    let count = 2_000;
    for _ in 0..count {
        hub.publish_now("a", Event::data("x".repeat(50))).expect("published");
    }
    let subscription = hub.subscribe("a").expect("within the limits").start(Start::Earliest);
    hub.drain();
    let sizes: Vec<_> = subscription.map(|frame| frame.len()).collect().await;
    let (last, full) = sizes.split_last().expect("items");
    assert!(full.iter().all(|size| (31 * 1024..=33 * 1024).contains(size)), "{sizes:?}");
    assert!(*last <= 33 * 1024);
}

#[test]
fn the_opening_event_can_be_renamed_and_turned_off() {
    let hub = hub();
    let subscribe = |last: Option<&str>, name| {
        let last = last.map(|last| event_id(&last.replace("E.", &id(&hub, ""))));
        let last = last.map_or_else(LastEventId::default, LastEventId::from);
        let subscription = hub.subscribe(["a", "b"]).expect("within the limits").resume(last);
        subscription.opening(name)
    };
    let name = || Some(EventName::from_static("joined"));
    let ready = "event: joined\nid: E.12\ndata: {\"resumed\":false}\n\n";
    assert_eq!(text(&hub, &mut subscribe(None, name())), ready);
    let ready = "event: joined\nid: E.12\ndata: {\"resumed\":true}\n\n";
    assert_eq!(text(&hub, &mut subscribe(Some("E.12"), name())), ready);

    let mut quiet = subscribe(None, None);
    assert!(poll(&mut quiet).is_pending());
    publish(&hub, "a", "live");
    assert_eq!(text(&hub, &mut quiet), "id: E.13\ndata: live\n\n");
    let mut resumed = subscribe(Some("E.12"), None);
    assert_eq!(text(&hub, &mut resumed), "id: E.13\ndata: live\n\n");

    let mut ends = subscribe(None, None);
    hub.drain();
    assert_eq!(read(&mut ends), (String::new(), true));
}
