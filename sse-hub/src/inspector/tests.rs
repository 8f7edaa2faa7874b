use std::time::{Duration, Instant};

use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use sse_core::{Decoder, LastEventId, adapter::Body};
use tokio::time::sleep;

use super::*;
use crate::Start;

const JSON: Option<&str> = Some("application/json");

/// An inspector that only Ada may use.
fn inspector(hub: &Hub) -> Inspector<str> {
    Inspector::new(hub, |who: &str| match who {
        "ada" => Ok(()),
        "" => Err((401, "log in").into()),
        _ => Err((403, "for operators only").into()),
    })
}

async fn next(snapshots: &mut Snapshots) -> Value {
    let frame = snapshots.next().await.expect("a snapshot");
    let mut decoder = Decoder::new();
    decoder.feed(frame.as_bytes());
    let event = decoder.next().expect("an item").expect("in bounds").into_event();
    event.expect("an event").parse_json().expect("JSON")
}

fn publish(hub: &Hub, topic: &str, count: usize) {
    for n in 0..count {
        hub.publish_now(topic, Event::data(n.to_string())).expect("published");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_works_without_permission() {
    let hub = Hub::new();
    let inspector = inspector(&hub);
    let end = br#"{"command":"end","connection":0}"#;
    let mut events = hub.subscribe("a").expect("subscribes");
    for (who, status) in [("", 401), ("eve", 403)] {
        assert_eq!(inspector.page(who).expect_err("refused").status(), status);
        assert_eq!(inspector.events(who).expect_err("refused").status(), status);
        assert_eq!(inspector.command(who, JSON, end).await.expect_err("refused").status(), status);
    }
    assert!(events.next().now_or_never().expect("the opening event").is_some());
    assert!(events.next().now_or_never().is_none(), "not ended");
    assert!(!inspector.sampler.is_running());
    assert!(inspector.page("ada").is_ok());
}

#[tokio::test(start_paused = true)]
async fn pages_of_other_sites_and_broken_commands_are_refused() {
    let hub = Hub::new();
    let inspector = inspector(&hub);
    let publish = r#"{"command":"publish","topic":"a","data":"x","event":"test"}"#;
    let long = format!(r#"{{"command":"publish","topic":"a","data":"{}"}}"#, "x".repeat(64 * 1024));
    for (content_type, body, status) in [
        (None, publish, 415),
        // The content types that a form can send.
        (Some("text/plain"), publish, 415),
        (Some("application/x-www-form-urlencoded"), publish, 415),
        (Some("multipart/form-data; boundary=a"), publish, 415),
        (Some("text/plain; application/json"), publish, 415),
        (JSON, &long, 413),
        (JSON, "", 400),
        (JSON, "{}", 400),
        (JSON, "\u{0}", 400),
        (JSON, r#"{"command":"stop"}"#, 400),
        (JSON, r#"{"command":"end","connection":-1}"#, 400),
        (JSON, r#"{"command":"end","connection":7}"#, 404),
        (JSON, r#"{"command":"publish","topic":"","data":"x"}"#, 400),
        (JSON, r#"{"command":"publish","topic":"a","data":"x","event":"a\nb"}"#, 400),
    ] {
        let answer = inspector.command("ada", content_type, body.as_bytes()).await;
        assert_eq!(answer.expect_err("refused").status(), status, "{content_type:?} {body}");
    }
    assert_eq!(hub.stats().published, 0);
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let answer = inspector.command("ada", Some(content_type), publish.as_bytes()).await;
        assert!(answer.expect("published").starts_with("published "));
    }
    assert_eq!(hub.topic_stats("a").map(|topic| topic.events), Some(2));
    hub.drain();
    let answer = inspector.command("ada", JSON, publish.as_bytes()).await;
    assert_eq!(answer.expect_err("draining").status(), 503);
}

#[tokio::test(start_paused = true)]
async fn the_page_shows_topics_and_connections() {
    let hub = Hub::new();
    drop(hub.subscribe("early").expect("subscribes"));
    let shutdown = Shutdown::new();
    let inspector = inspector(&hub).shutdown(&shutdown);
    let mut fast = hub.subscribe(["a", "b"]).expect("subscribes").label("fast".repeat(50));
    let mut slow = hub.subscribe("a").expect("subscribes").label("<b>slow</b>");
    let unread = hub.subscribe("c").expect("subscribes");
    assert!(slow.next().await.is_some());
    publish(&hub, "a", 3);
    publish(&hub, "b", 1);
    let first = fast.next().await.expect("the opening event");
    publish(&hub, "a", 4);
    let rest = fast.next().await.expect("events");
    let mut snapshots = inspector.events("ada").expect("allowed");
    let snapshot = next(&mut snapshots).await;
    for (name, expected) in
        [("topic_count", 2), ("subscribers", 3), ("published", 8), ("resumed", 0)]
    {
        assert_eq!(snapshot[name], expected, "{name}");
    }
    assert_eq!(snapshot["streams"]["open"], 0);
    assert_eq!(snapshot["streams"]["draining"], false);
    let topics: Vec<_> = snapshot["topics"].as_array().expect("topics").iter().collect();
    assert_eq!((&topics[0]["name"], &topics[0]["subscribers"]), (&"a".into(), &2.into()));
    assert_eq!((&topics[0]["events"], topics.len()), (&7.into(), 2));
    let connections = snapshot["connections"].as_array().expect("connections");
    let shown = |at: usize, name: &str| connections[at][name].clone();
    assert_eq!((shown(0, "label"), shown(0, "lag")), ("<b>slow</b>".into(), 7.into()));
    assert_eq!((shown(1, "lag"), shown(1, "events")), (0.into(), 0.into()), "it was not polled");
    assert_eq!(shown(1, "label"), Value::Null);
    assert_eq!(shown(2, "label"), "fast".repeat(25));
    assert_eq!((shown(2, "lag"), shown(2, "topics")), (0.into(), vec!["a", "b"].into()));
    let bytes = (first.len() + rest.len()) as u64;
    assert_eq!(shown(2, "bytes"), bytes);

    drop((slow, unread));
    let snapshot = next(&mut snapshots).await;
    assert_eq!(snapshot["connections"].as_array().map(Vec::len), Some(1));
    drop(shutdown.begin(sse_core::Drain::default()));
    assert_eq!(next(&mut snapshots).await["streams"]["draining"], true);
}

#[tokio::test(start_paused = true)]
async fn resumes_gaps_and_ends_are_counted() {
    let hub = Hub::builder().retention(crate::Retention::default().events(2)).build();
    let inspector = inspector(&hub);
    let config = inspector.observe(Config::default());
    publish(&hub, "a", 1);
    let id = hub.publish_now("a", Event::data("x")).expect("published");
    let resume = |id: &str| {
        let last = LastEventId::from_request(Some(id.as_bytes()), None);
        let mut events = hub.subscribe("a").expect("subscribes").resume(last);
        assert!(events.next().now_or_never().is_some());
    };
    resume(&id.to_string());
    resume("broken");
    publish(&hub, "a", 5);
    resume(&id.to_string());
    let body = Body::new(hub.subscribe("a").expect("subscribes").start(Start::Earliest));
    let mut body = Box::pin(body.config(config));
    assert!(body.next().await.is_some());
    drop(body);
    let snapshot = next(&mut inspector.events("ada").expect("allowed")).await;
    assert!(snapshot["resumed"].as_u64().is_some_and(|count| count >= 1), "{snapshot}");
    let gaps = snapshot["gaps"].to_string();
    assert_eq!(gaps, r#"[["malformed",1],["trimmed",1]]"#);
    assert_eq!(snapshot["streams"]["ends"].to_string(), r#"[["dropped",1]]"#);
}

#[tokio::test(start_paused = true)]
async fn a_command_ends_one_stream() {
    let hub = Hub::new();
    let inspector = inspector(&hub);
    let [mut first, mut second] = [(); 2].map(|()| hub.subscribe("a").expect("subscribes"));
    assert!(first.next().await.is_some() && second.next().await.is_some());
    let snapshot = next(&mut inspector.events("ada").expect("allowed")).await;
    let number = &snapshot["connections"][1]["number"];
    let command = format!(r#"{{"command":"end","connection":{number}}}"#);
    let answer = inspector.command("ada", JSON, command.as_bytes()).await;
    assert_eq!(answer.expect("ended"), format!("ended stream {number}"));
    assert_eq!(first.next().await, None);
    assert!(second.next().now_or_never().is_none(), "it continues");
}

#[tokio::test(start_paused = true)]
async fn all_viewers_share_one_snapshot_a_second_and_without_viewers_there_is_none() {
    let hub = Hub::new();
    let inspector = inspector(&hub);
    assert!(!inspector.sampler.is_running());
    let mut viewers = [(); 3].map(|()| inspector.events("ada").expect("allowed"));
    let mut frames = Vec::new();
    for _ in 0..3 {
        let round = [viewers[0].next().await, viewers[1].next().await, viewers[2].next().await];
        let round = round.map(|frame| frame.expect("a snapshot").into_bytes());
        assert!(round.iter().all(|bytes| bytes.as_ptr() == round[0].as_ptr()), "the same bytes");
        frames.push((tokio::time::Instant::now(), round));
    }
    assert_eq!(frames[2].0 - frames[0].0, Duration::from_secs(2));
    // One that comes later sees the current snapshot at once.
    let mut late = inspector.events("ada").expect("allowed");
    assert!(late.next().now_or_never().is_some());
    // One that reads rarely gets the newest.
    sleep(Duration::from_secs(10)).await;
    assert!(late.next().now_or_never().is_some() && late.next().now_or_never().is_none());

    drop((viewers, late));
    sleep(Duration::from_secs(2)).await;
    assert!(!inspector.sampler.is_running());
    let mut again = inspector.events("ada").expect("allowed");
    assert!(inspector.sampler.is_running());
    assert!(again.next().await.is_some());
}

#[tokio::test]
async fn the_inspector_lists_the_largest_lag_of_many_connections() {
    const MANY: usize = 3_000;
    let hub = Hub::builder().max_topics(10_000).build();
    let inspector = inspector(&hub);
    let mut open = Vec::new();
    for n in 0..MANY {
        let mut events = hub.subscribe(["all", &format!("t{n}")]).expect("subscribes");
        assert!(events.next().now_or_never().is_some());
        open.push(events);
    }
    for n in 0..100 {
        publish(&hub, &format!("t{}", n * 7), n);
    }
    let began = Instant::now();
    let snapshot = next(&mut inspector.events("ada").expect("allowed")).await;
    println!("a snapshot of {MANY} connections took {:?}", began.elapsed());
    let lags = snapshot["connections"].as_array().expect("connections").iter();
    let lags: Vec<_> = lags.map(|connection| connection["lag"].as_u64()).collect();
    assert_eq!(lags, (50..100).rev().map(Some).collect::<Vec<_>>());
    assert_eq!(snapshot["topics"][0]["name"], "all");
    assert_eq!(snapshot["topics"].as_array().map(Vec::len), Some(50));
    drop(open);
}

#[test]
fn a_hold_of_the_lock_looks_at_few_topics_and_connections() {
    let hub = Hub::builder().max_topics(1_000).build();
    let inspector = inspector(&hub);
    let open = |n| hub.subscribe([format!("a{n}"), format!("b{n}")]).expect("subscribes");
    let open: Vec<_> = (0..300).map(open).collect();
    for n in 0..300 {
        publish(&hub, &format!("a{n}"), 1);
    }
    let (mut topics, mut from) = (0, Some(0));
    while let Some(key) = from {
        let (some, next) = hub.0.shared.look(|state| state.some_topics(key));
        assert!(some.len() <= 64 && next.is_none_or(|next| next > key));
        (topics, from) = (topics + some.len(), next);
    }
    assert_eq!(topics, 300);
    let (mut connections, mut from) = (0, 0);
    while let Some(last) = inspector.sampler.some_probes(from).last() {
        let some = inspector.sampler.some_probes(from).len();
        assert!(some <= 64);
        (connections, from) = (connections + some, last.number + 1);
    }
    assert_eq!(connections, open.len());
}

#[tokio::test]
async fn without_an_inspector_no_subscription_is_registered() {
    let hub = Hub::new();
    let events = hub.subscribe("a").expect("subscribes").label("unused");
    assert!(hub.0.probes.get().is_none());
    drop(events);
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_inserts_no_html() {
    for forbidden in [
        "http://",
        "https://",
        "innerHTML",
        "insertAdjacent",
        "document.write",
        "<link rel=\"style",
    ] {
        assert!(!PAGE.contains(forbidden), "{forbidden}");
    }
    assert!(PAGE.contains("default-src 'none'"));
    assert!(PAGE.len() < 32 * 1024, "{} bytes", PAGE.len());
}
