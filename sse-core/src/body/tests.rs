mod clock;
mod drain;
mod ending;
mod expiry;
#[cfg(feature = "metrics")]
mod metrics;
mod observers;
mod slow;
#[cfg(feature = "tracing")]
mod spans;

use std::{
    collections::HashMap,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    sync::{Mutex, mpsc},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::{Decoder, Drain, Frame, KeepAlive, OnError, Shutdown, StreamItem};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A configuration without jitter or keep-alive, and with its own shutdown, so that only what a test sets
/// happens.
///
/// Tests pause time, so that no chunk is closed because the machine is busy.
fn config() -> Config {
    Config::default().retry(seconds(3)).keep_alive(KeepAlive::off()).shutdown(Shutdown::new())
}

fn shutdown(config: &Config) -> Shutdown {
    config.shutdown.clone().expect("the test's shutdown")
}

fn drain() -> Drain {
    Drain::default().spread(Duration::ZERO).deadline(seconds(5)).reconnect(seconds(9))
}

const OPENING: &str = "retry: 3000\n";
const COMMENT: &str = ": keep-alive\n";

fn data(text: &str) -> Event {
    Event::data(text)
}

/// Returns all chunks of a body, each with the second in which it arrived.
async fn read<S>(body: Body<S>) -> Vec<(u64, String)>
where
    S: Stream,
    S::Item: BodyItem,
{
    let began = Instant::now();
    let text = |chunk: Bytes| String::from_utf8(chunk.to_vec()).expect("UTF-8");
    uncut(body).map(|chunk| (began.elapsed().as_secs(), text(chunk))).collect().await
}

/// Returns the chunks of a body, which must not be cut.
fn uncut<S>(body: Body<S>) -> impl Stream<Item = Bytes> + Unpin
where
    S: Stream,
    S::Item: BodyItem,
{
    Box::pin(body.map(|chunk| chunk.expect("no cut")))
}

#[track_caller]
fn check(chunks: Vec<(u64, String)>, expected: &[(u64, &[&str])]) {
    let expected: Vec<_> = expected.iter().map(|(at, parts)| (*at, parts.concat())).collect();
    assert_eq!(chunks, expected);
}

/// Yields each event after a wait, from pairs of the wait in seconds and the event's data.
fn timed(events: &'static [(u64, &str)]) -> impl Stream<Item = Event> {
    stream::iter(events).then(|(wait, text)| async move {
        sleep(seconds(*wait)).await;
        data(text)
    })
}

#[tokio::test(start_paused = true)]
async fn the_first_chunk_is_ready_at_once_and_begins_with_retry() {
    let body = Body::new(timed(&[(7, "a")])).config(config());
    check(read(body).await, &[(0, &[OPENING]), (7, &["data: a\n\n"])]);
}

#[tokio::test(start_paused = true)]
async fn without_retry_nothing_is_sent_before_the_first_event() {
    let body = || Body::new(timed(&[(7, "a")])).config(config().without_retry());
    check(read(body()).await, &[(7, &["data: a\n\n"])]);
    let body = Body::new(stream::iter([data("a")])).config(config().without_retry());
    check(read(body).await, &[(0, &["data: a\n\n"])]);
}

#[tokio::test(start_paused = true)]
async fn retry_is_drawn_for_each_connection() {
    let opening = || async {
        let mut body = uncut(Body::new(stream::pending::<Event>()).config(Config::default()));
        let chunk = body.next().await.expect("the first chunk");
        let digits = chunk.strip_prefix(b"retry: ").and_then(|rest| rest.strip_suffix(b"\n"));
        String::from_utf8_lossy(digits.expect("retry")).parse::<u64>().expect("digits")
    };
    let mut seen = HashMap::new();
    for _ in 0..50 {
        let millis = opening().await;
        assert!((2250..=3750).contains(&millis), "{millis}");
        *seen.entry(millis).or_insert(0) += 1;
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn ready_events_are_sent_in_one_chunk() {
    let body = Body::new(stream::iter([data("a"), data("b"), data("c")])).config(config());
    check(read(body).await, &[(0, &[OPENING, "data: a\n\n", "data: b\n\n", "data: c\n\n"])]);
}

#[tokio::test(start_paused = true)]
async fn a_chunk_is_closed_at_256_items() {
    let body = Body::new(stream::iter((0..600).map(|_| data("a")))).config(config());
    let chunks = read(body).await;
    let events: Vec<_> = chunks.iter().map(|(_, text)| text.matches("data").count()).collect();
    assert_eq!(events, [256, 256, 88]);
}

#[tokio::test(start_paused = true)]
async fn a_chunk_is_closed_at_32_kib() {
    let event = data(&"x".repeat(10_000));
    let size = event.encoded_len();
    let body = Body::new(stream::iter(vec![event; 5])).config(config());
    let sizes: Vec<_> = read(body).await.iter().map(|(_, text)| text.len()).collect();
    assert_eq!(sizes, [OPENING.len() + 4 * size, size]);
}

#[tokio::test(start_paused = true)]
async fn a_single_frame_is_not_copied() {
    let frame = data("shared").encode();
    let address = frame.as_bytes().as_ptr();
    let frames = stream::once(async { data("first").encode() })
        .chain(stream::once(async move {
            tokio::task::yield_now().await;
            frame
        }))
        .boxed();
    let mut body = uncut(Body::new(frames).config(config()));
    body.next().await.expect("the first chunk");
    assert_eq!(body.next().await.expect("the frame").as_ptr(), address);
}

#[tokio::test(start_paused = true)]
async fn frames_and_results_are_items_too() {
    let frame = || data("a").encode();
    let ok = [(0, &[OPENING, "data: a\n\n"][..])];
    check(read(Body::new(stream::iter([frame()])).config(config())).await, &ok);
    check(read(Body::new(stream::iter([Ok::<_, String>(frame())])).config(config())).await, &ok);
    check(read(Body::new(stream::iter([Ok::<_, String>(data("a"))])).config(config())).await, &ok);
}

#[tokio::test(start_paused = true)]
async fn streams_need_not_be_send() {
    let text = Rc::new("a");
    let body = Body::new(stream::once(async move { data(&text) })).config(config());
    check(read(body).await, &[(0, &[OPENING, "data: a\n\n"])]);
}

#[tokio::test(start_paused = true)]
async fn events_without_bytes_make_no_chunk() {
    let events = [Event::new(), data("a"), Event::new()];
    check(
        read(Body::new(stream::iter(events)).config(config())).await,
        &[(0, &[OPENING, "data: a\n\n"])],
    );
    let frames = [Frame::default(), data("a").encode(), Frame::default()];
    check(
        read(Body::new(stream::iter(frames)).config(config())).await,
        &[(0, &[OPENING, "data: a\n\n"])],
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_always_ready_yields_to_other_tasks() {
    let endless = stream::repeat_with(Event::new);
    let mut body = uncut(Body::new(endless).config(config()));
    assert_eq!(body.next().await.expect("the first chunk"), OPENING);
    let poll = poll_fn(|cx| Poll::Ready(body.poll_next_unpin(cx))).await;
    assert_eq!(poll, Poll::Pending);
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_the_stream_and_its_text_is_not_sent() {
    let items = || stream::iter([Ok(data("a")), Err("a secret"), Ok(data("b"))]);
    check(
        read(Body::new(items()).config(config())).await,
        &[(
            0,
            &[
                OPENING,
                "data: a\n\n",
                "event: stream-error\ndata: {\"error\":{\"message\":\"the stream failed\"}}\n\n",
            ],
        )],
    );
    let model = data(r#"{"type":"error"}"#).event("error");
    for (on_error, expected) in
        [(OnError::End, ""), (OnError::With(model), "event: error\ndata: {\"type\":\"error\"}\n\n")]
    {
        check(
            read(Body::new(items()).config(config().on_error(on_error))).await,
            &[(0, &[OPENING, "data: a\n\n", expected])],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_never_polled_is_not_open() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let body = Body::new(stream::pending::<Event>()).config(config);
    assert_eq!(shutdown.open_streams(), 0);
    assert_eq!(shutdown.begin(drain()).await.abandoned, 0);
    drop(body);
}

#[derive(Clone, Debug)]
enum Step {
    Ready(Event),
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = prop_oneof!["[a-z\r\n:]{0,20}", Just("x".repeat(20_000))];
    let step = prop_oneof![
        4 => text.prop_map(|text| Step::Ready(Event::data(text))),
        1 => Just(Step::Ready(Event::new())),
        1 => Just(Step::Ready(Event::new().id(7))),
        1 => Just(Step::Ready(Event::new().comment("c").retry(seconds(1)))),
        1 => Just(Step::Wait),
    ];
    prop::collection::vec(step, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_are_whole_lines_and_together_are_the_encoded_events(
        steps in steps(),
        as_frames in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let mut expected = OPENING.as_bytes().to_vec();
        for step in &steps {
            if let Step::Ready(event) = step {
                event.encode_into(&mut expected);
            }
        }
        let events = stream::iter(steps).filter_map(|step| async move {
            match step {
                Step::Ready(event) => Some(event),
                Step::Wait => {
                    sleep(seconds(1)).await;
                    None
                }
            }
        });
        let chunks: Vec<Bytes> = runtime.block_on(async {
            if as_frames {
                uncut(Body::new(events.map(Frame::from).boxed()).config(config())).collect().await
            } else {
                uncut(Body::new(events.boxed()).config(config())).collect().await
            }
        });

        for chunk in &chunks {
            prop_assert!(!chunk.is_empty());
            prop_assert!(chunk.ends_with(b"\n"));
            // If the chunk ended within an event, the rest of it would change the next event.
            let mut decoder = Decoder::new();
            decoder.feed(chunk);
            let whole = decoder.by_ref().count();
            decoder.feed(b"data: next\n\n");
            let next: Vec<_> = decoder.collect();
            prop_assert_eq!(next, [Ok(StreamItem::Event(Event::data("next")))], "after {}", whole);
        }
        prop_assert_eq!(chunks.concat(), expected);
    }
}
