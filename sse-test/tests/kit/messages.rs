//! Each expectation that fails names the line of the test, and what arrived instead.

use std::{panic::AssertUnwindSafe, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::Response;
use http_body_util::Full;
use sse_core::{Config, Event};
use sse_test::EventReader;

use crate::{chunks, respond, silent};

/// Runs an expectation that fails, and returns its message.
async fn message<T>(expectation: impl Future<Output = T>) -> String {
    let Err(panic) = AssertUnwindSafe(expectation).catch_unwind().await else {
        panic!("the expectation is met");
    };
    let message = panic.downcast::<String>().expect("a text");
    let rest = message.strip_prefix(file!()).unwrap_or_else(|| panic!("another file: {message}"));
    let (position, text) = rest.split_once(": ").expect("a position");
    assert!(position.split(':').skip(1).all(|number| number.parse::<u32>().is_ok()), "{message}");
    text.to_owned()
}

fn plain(status: u16, content_type: &str, body: &'static str) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", content_type);
    response.body(Full::new(body.into())).unwrap()
}

#[tokio::test]
async fn a_response_that_is_not_an_event_stream() {
    let wanted =
        "expected status 200 and content type \"text/event-stream\", but the response has ";
    for (response, found) in [
        (
            plain(404, "text/plain", "no such topic"),
            "status 404 and content type \"text/plain\", and its body begins with \"no such topic\"",
        ),
        (
            plain(200, "text/html; charset=utf-8", "<title>Log in</title>"),
            "status 200 and content type \"text/html; charset=utf-8\", and its body begins with \
             \"<title>Log in</title>\"",
        ),
        (
            plain(503, "text/event-stream", ""),
            "status 503 and content type \"text/event-stream\", and its body begins with \"\"",
        ),
    ] {
        let text = message(async { EventReader::new(response) }).await;
        assert_eq!(text, format!("{wanted}{found}"));
    }
    let stopped = Response::builder().status(204).body(Full::<Bytes>::default()).unwrap();
    let text = message(async { EventReader::new(stopped) }).await;
    assert!(text.contains("has status 204 and content type \"\""), "{text}");

    let long = Response::new(Full::<Bytes>::from("x".repeat(10_000)));
    let text = message(async { EventReader::new(long) }).await;
    assert!(text.ends_with(&format!("begins with {:?}", "x".repeat(200))), "{text}");
}

#[tokio::test]
async fn a_content_type_may_have_parameters() {
    let response = plain(200, "Text/Event-Stream; charset=utf-8", "data: a\n\n");
    assert_eq!(EventReader::new(response).rest().await, [Event::data("a")]);
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_that_is_refused() {
    let stream = EventReader::new(silent(Config::default()));
    let text = message(stream.reconnect(async |_| plain(503, "text/plain", "stopping"))).await;
    assert!(text.ends_with("its body begins with \"stopping\""), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_does_not_come() {
    let mut ended = EventReader::new(respond([]));
    assert_eq!(message(ended.event()).await, "expected an event, but the stream ended");

    let mut cut = chunks([Err("out of memory")]);
    let text = message(cut.event()).await;
    assert_eq!(text, "expected an event, but the response was cut: out of memory");

    let mut lost = EventReader::new(respond([Event::data("a")])).cut_after(3);
    let text = message(lost.event()).await;
    assert_eq!(text, "expected an event, but `cut_after` cut the connection");

    let mut silent = EventReader::new(silent(Config::default()));
    let text = message(silent.event()).await;
    let open = "no event arrived for 60s, and the stream is open";
    assert_eq!(text, format!("expected an event, but {open}"));
    let text = message(silent.rest()).await;
    assert_eq!(text, format!("expected an end, but {open}, after []"));
}

#[tokio::test(start_paused = true)]
async fn fewer_events_than_expected() {
    let mut stream = EventReader::new(respond([Event::data("a"), Event::data("b")]));
    let text = message(stream.events::<3>()).await;
    let before = [Event::data("a"), Event::data("b")];
    assert_eq!(text, format!("expected 3 events, but the stream ended, after {before:?}"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_does_not_match() {
    #[derive(Debug, serde::Deserialize)]
    enum Price {
        Rose,
    }
    let fell = Event::data("2").event("Fell");
    let mut stream = EventReader::new(respond([fell.clone(), fell.clone()]));
    let text = message(stream.typed::<Price>()).await;
    assert!(text.starts_with("expected a `kit::messages::"), "{text}");
    assert!(text.contains(&format!("Price`, but got {fell:?}: typed event: ")), "{text}");
    assert!(text.contains("unknown variant `Fell`, expected `Rose`"), "{text}");

    let text = message(stream.gap()).await;
    assert_eq!(text, format!("expected a gap, but got {fell:?}"));
    let text = message(stream.gap()).await;
    assert_eq!(text, "expected a gap, but the stream ended");
    let text = message(stream.typed::<Price>()).await;
    assert!(text.ends_with("Price`, but the stream ended"), "{text}");

    // The type alone does not make a gap, and neither does the data.
    let data = r#"{"reason":"trimmed","topics":[],"requested":"","resumed_at":""}"#;
    for event in [Event::data("{}").event("gap"), Event::data(data)] {
        let mut stream = EventReader::new(respond([event.clone()]));
        let text = message(stream.gap()).await;
        assert_eq!(text, format!("expected a gap, but got {event:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_that_does_not_come() {
    let mut ended = chunks([]);
    assert_eq!(message(ended.item()).await, "expected an item, but the stream ended");
    let mut silent = EventReader::from_chunks(stream::pending::<Result<Bytes, String>>())
        .wait_at_most(Duration::from_secs(5));
    let text = message(silent.item()).await;
    assert_eq!(text, "expected an item, but no event arrived for 5s, and the stream is open");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_does_not_come() {
    let event = Event::data("a");
    let mut stream = EventReader::new(respond([event.clone(), event.clone()]));
    let text = message(stream.end()).await;
    assert_eq!(text, format!("expected the end of the stream, but got {event:?}"));
    let text = message(stream.cut()).await;
    assert_eq!(text, format!("expected the response to be cut, but got {event:?}"));
    let text = message(stream.cut()).await;
    assert_eq!(text, "expected the response to be cut, but the stream ended");

    let mut cut = chunks([Err("out of memory")]);
    let text = message(cut.end()).await;
    assert_eq!(text, "expected the end of the stream, but the response was cut: out of memory");

    let mut silent = EventReader::new(silent(Config::default()));
    let text = message(silent.end()).await;
    assert!(text.ends_with("no event arrived for 60s, and the stream is open"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_should_not_come() {
    let event = Event::data("a");
    let mut stream = EventReader::new(respond([event.clone()]));
    let text = message(stream.no_event_for(Duration::from_secs(5))).await;
    assert_eq!(text, format!("expected no event for 5s, but got {event:?}"));
    let text = message(stream.no_event_for(Duration::from_secs(5))).await;
    assert_eq!(text, "expected no event for 5s, but the stream ended");
}

#[tokio::test]
async fn an_event_without_an_end() {
    let line = stream::repeat_with(|| Ok::<_, String>(Bytes::from(vec![b'x'; 1 << 20])));
    let mut stream = EventReader::from_chunks(line);
    let text = message(stream.event()).await;
    assert!(text.starts_with("expected an event, but "), "{text}");
    assert!(text.contains(&(16 << 20).to_string()), "{text}");
}
