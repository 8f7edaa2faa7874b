//! The states of a connection, over a script and a paused clock.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use http::Method;
use sse_client::{Client, Event, EventId, Lost, Stop, Update};
use tokio::time::Instant;

use crate::script::{Answer, EVENT_STREAM, Part, Script, eager, parts, stream};

/// Shows an update as a line.
fn line(update: Result<Update, sse_client::ClientError>) -> String {
    match update {
        Ok(Update::Opened) => "opened".into(),
        Ok(Update::Resumed) => "resumed".into(),
        Ok(Update::Event(event)) => format!("event {}", event.data.unwrap().as_str()),
        Ok(Update::Gap(gap)) => format!("gap {} {:?}", gap.reason, gap.topics),
        Ok(Update::TooLong(error)) => format!("too long {}", error.limit),
        Ok(Update::Lost { cause, .. }) => format!("lost: {cause}"),
        Ok(Update::Stopped(Stop::NoContent)) => "stopped: 204".into(),
        Ok(Update::Stopped(Stop::Ended)) => "stopped: ended".into(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("error: {error}"),
    }
}

async fn lines(client: Client) -> Vec<String> {
    client.updates().map(line).collect().await
}

#[tokio::test(start_paused = true)]
async fn a_user_may_follow_each_state() {
    let gap: &[u8] =
        b"event: gap\ndata: {\"reason\":\"trimmed\",\"topics\":[\"a\"],\"requested\":\"\",\"resumed_at\":\"\"}\n\n";
    let script = Script::new([
        stream(&[b"data: 1\n\n"]),
        Answer::Unsent,
        Answer::Response(503, &[], Vec::new()),
        Answer::Response(
            200,
            EVENT_STREAM,
            [parts(&[gap, b"data: 2\n\n"]), vec![Part::Cut]].into_iter().flatten().collect(),
        ),
        Answer::Response(200, EVENT_STREAM, vec![Part::Silence]),
    ]);
    assert_eq!(
        lines(script.client()).await,
        [
            "opened",
            "event 1",
            "lost: the server ended the stream",
            "lost: the connection could not be made: connection refused",
            "lost: the server answered 503 Service Unavailable",
            "resumed",
            "gap trimmed [\"a\"]",
            "event 2",
            "lost: the connection broke: connection reset",
            "resumed",
            "lost: the connection was silent for 45s",
            "stopped: 204",
        ]
    );
    assert_eq!(script.seen().len(), 6, "nothing is sent after a 204");
}

#[tokio::test(start_paused = true)]
async fn a_user_may_ignore_all_but_the_events() {
    let gap = Event::data("{}").event("gap");
    let script = Script::new([
        stream(&[b"data: 1\n\n"]),
        Answer::Unsent,
        stream(&[b"event: gap\ndata: {}\n\n"]),
    ]);
    let events: Vec<_> = script.client().events().map(Result::unwrap).collect().await;
    assert_eq!(events, [Event::data("1"), gap]);
}

#[tokio::test(start_paused = true)]
async fn each_request_resumes_after_the_last_whole_event() {
    let script = Script::new([
        stream(&[b"id: 1\ndata: a\n\nid: 2\ndata: unfinished\n"]),
        Answer::Unsent,
        stream(&[b"data: b\n\n"]),
        // No header can carry this ID, so the one before is sent, and is not forgotten later.
        stream(&[b"id: a\x0cb\ndata: c\n\n"]),
        stream(&[]),
        stream(&["id: caf\u{e9}\ndata: d\n\n".as_bytes()]),
        stream(&[b"id\ndata: e\n\n"]),
    ]);
    let events = eager(script.client()).last_event_id(EventId::from(0)).events();
    assert_eq!(events.last_event_id(), "0");
    events.for_each(async |event| drop(event.unwrap())).await;
    assert_eq!(script.seen_ids(), ["0", "1", "1", "1", "1", "1", "caf\u{e9}", ""]);
    for headers in script.seen() {
        assert_eq!(headers["accept"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-cache");
    }
}

/// Returns after how many ms the second request is sent.
async fn delay(answer: Answer) -> u128 {
    let script = Script::new([answer]);
    let mut updates = script.client().updates();
    let start = Instant::now();
    while updates.next().await.is_some() {}
    assert_eq!(script.seen().len(), 2);
    start.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn the_server_decides_when_to_reconnect() {
    let seven: &[_] = &[("retry-after", "7")];
    for (answer, times) in [
        (stream(&[b"retry: 200\n"]), 200..=251),
        (stream(&[b"retry: 200\nretry: 8000\n"]), 8_000..=10_001),
        (stream(&[b"retry: 0\n"]), 0..=1),
        (stream(&[]), 500..=1_001),
        (Answer::Response(429, seven, Vec::new()), 7_000..=8_751),
        (Answer::Response(503, seven, Vec::new()), 7_000..=8_751),
        (Answer::Response(502, &[], Vec::new()), 500..=1_001),
        (Answer::Silence, 45_500..=46_001),
    ] {
        let delay = delay(answer).await;
        assert!(times.contains(&delay), "{delay} ms instead of {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_lose_their_server_together_return_at_different_times() {
    let mut delays = std::collections::BTreeSet::new();
    for _ in 0..20 {
        delays.insert(delay(stream(&[b"retry: 8000\n"])).await);
    }
    assert!(delays.len() > 10, "{delays:?}");
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_connection_alive() {
    let (sender, body) = tokio::sync::mpsc::unbounded_channel();
    let connector = crate::connector::Live::new(body);
    let mut updates = connector.client().stall_after(Duration::from_secs(20)).updates();
    let start = Instant::now();
    let server = tokio::spawn(async move {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(15)).await;
            sender.send(&b":\n"[..]).unwrap();
        }
        sender // which is silent from now on
    });
    assert_eq!(line(updates.next().await.unwrap()), "opened");
    assert_eq!(line(updates.next().await.unwrap()), "lost: the connection was silent for 20s");
    assert_eq!(start.elapsed().as_secs(), 10 * 15 + 20);
    drop(server.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_wait_for_a_slow_reader_are_life() {
    let script = Script::new([stream(&[b"data: 1\n\n", b"data: 2\n\n"])]);
    let mut updates = script.client().updates();
    assert_eq!(line(updates.next().await.unwrap()), "opened");
    assert_eq!(line(updates.next().await.unwrap()), "event 1");
    tokio::time::sleep(Duration::from_secs(1_000)).await;
    assert_eq!(line(updates.next().await.unwrap()), "event 2");
}

#[tokio::test(start_paused = true)]
async fn the_response_to_a_post_is_the_whole_stream() {
    let answer = || stream(&[b"data: 1\n\n"]);
    let script = Script::new([answer(), answer()]);
    let expected = ["opened", "event 1", "stopped: ended"];
    assert_eq!(lines(script.client_of(Method::POST)).await, expected);
    assert_eq!(lines(script.client().reconnect(false)).await, expected);
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_post_is_not_repeated_unless_it_was_not_sent() {
    let cut = || Answer::Response(200, EVENT_STREAM, vec![Part::Cut]);
    let later: &[_] = &[("retry-after", "1")];
    let busy = move || Answer::Response(503, later, Vec::new());
    for (name, answer, requests) in [
        ("cut", cut(), 1),
        ("no response", Answer::Sent, 1),
        ("silence", Answer::Silence, 1),
        ("busy", busy(), 1),
        ("refused", Answer::Unsent, 2),
    ] {
        let script = Script::new([answer]);
        let last = lines(script.client_of(Method::POST)).await.pop().unwrap();
        assert_eq!(script.seen().len(), requests, "{name}: {last}");
        assert_eq!(last.starts_with("error"), requests == 1, "{name}: {last}");
    }
    for answer in [cut(), Answer::Sent, Answer::Silence, busy()] {
        let script = Script::new([answer]);
        lines(script.client_of(Method::POST).reconnect(true)).await;
        assert_eq!(script.seen().len(), 2, "a POST that may be repeated");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_leaves_closes_the_connection() {
    let script = Script::new([Answer::Response(200, EVENT_STREAM, vec![Part::Silence])]);
    let mut updates = script.client().updates();
    assert_eq!(line(updates.next().await.unwrap()), "opened");
    assert!(updates.next().now_or_never().is_none());
    let held = std::sync::Arc::strong_count(&script.open);
    drop(updates);
    // The body is gone, and so is the client's clone of the script.
    assert_eq!(std::sync::Arc::strong_count(&script.open), held - 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_closed_before_the_next_is_opened() {
    let script = Script::new([Answer::Response(200, EVENT_STREAM, vec![Part::Silence])]);
    let mut updates = script.client().updates();
    assert_eq!(line(updates.next().await.unwrap()), "opened");
    let held = std::sync::Arc::strong_count(&script.open);
    assert!(matches!(updates.next().await, Some(Ok(Update::Lost { cause: Lost::Stalled(_), .. }))));
    assert_eq!(std::sync::Arc::strong_count(&script.open), held - 1);
}

#[tokio::test(start_paused = true)]
async fn events_are_read_as_an_enum() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Note {
        Added { id: u64 },
        Message(String),
    }
    let chunk: &[u8] =
        b"event: added\ndata: {\"id\":7}\n\nevent: other\ndata: 1\n\ndata: \"text\"\n\n";
    let mut notes = eager(Script::new([stream(&[chunk])]).client()).events().typed::<Note>();
    assert_eq!(notes.next().await.unwrap().unwrap(), Note::Added { id: 7 });
    let error = notes.next().await.unwrap().unwrap_err().to_string();
    assert!(error.contains("unknown variant `other`"), "{error}");
    assert_eq!(notes.next().await.unwrap().unwrap(), Note::Message("text".into()));
    assert!(notes.next().await.is_none());
}
