//! What a test reads.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sse_core::{Config, Drain, Ending, Event, KeepAlive, Shutdown, StreamItem, http::Sse};
use sse_test::EventReader;
use tokio::time::Instant;

use crate::{chunks, respond, silent};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn events_are_read_one_by_one_several_at_once_or_all() {
    let events = ["a", "b", "c", "d", "e"].map(Event::data);
    let mut stream = EventReader::new(respond(events));
    assert_eq!(stream.event().await, Event::data("a"));
    assert_eq!(stream.events().await, ["b", "c"].map(Event::data));
    assert_eq!(stream.rest().await, ["d", "e"].map(Event::data));
    assert_eq!(stream.rest().await, []);
    stream.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_is_read_as_an_enum() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    enum Price {
        Rose(u32),
        Fell(u32),
    }
    let events = [Price::Rose(3), Price::Fell(2)].map(|price| Event::typed(&price).unwrap());
    let mut stream = EventReader::new(respond(events));
    assert_eq!(stream.typed::<Price>().await, Price::Rose(3));
    assert_eq!(stream.typed::<Price>().await, Price::Fell(2));
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_keep_alives_takes_no_time() {
    let config = Config::default().retry(SECOND).keep_alive(KeepAlive::every(20 * SECOND));
    let real = std::time::Instant::now();
    let paused = Instant::now();
    let mut stream = EventReader::new(silent(config));
    assert_eq!(stream.item().await, StreamItem::Retry(SECOND));
    for beat in 1..=180 {
        assert!(matches!(stream.item().await, StreamItem::Comment(_)));
        assert_eq!(paused.elapsed().as_secs(), beat * 20);
    }
    assert!(real.elapsed() < 10 * SECOND, "{:?}", real.elapsed());
}

#[tokio::test(start_paused = true)]
async fn events_at_long_intervals_take_no_time() {
    let hourly = stream::iter([1, 2]).then(|hour| async move {
        tokio::time::sleep(3_600 * SECOND).await;
        Event::data(format!("hour {hour}"))
    });
    let mut stream =
        EventReader::new(Sse::new(hourly.boxed()).into_response(None)).wait_at_most(3_600 * SECOND);
    stream.no_event_for(3_599 * SECOND).await;
    assert_eq!(stream.events().await, ["hour 1", "hour 2"].map(Event::data));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_on_purpose_is_distinguished_from_a_complete_one() {
    let shutdown = Shutdown::new();
    let config = Config::default().shutdown(shutdown.clone()).ending(Ending::Cut);
    let mut stream = EventReader::new(silent(config));
    let drained = shutdown.begin(Drain::default());
    let error = stream.cut().await;
    assert!(error.starts_with("event stream cut on purpose"), "{error}");
    assert_eq!(drained.await.abandoned, 0);
}

#[tokio::test]
async fn chunks_of_any_size_are_read() {
    let text = "id: 1\nevent: a\ndata: caf\u{e9}\n\n: hi\ndata: b\n\n";
    let expected = [Event::data("caf\u{e9}").event("a").id(1), Event::data("b")];
    for size in 1..=text.len() {
        let pieces = text.as_bytes().chunks(size).map(|piece| Ok::<_, String>(piece.into()));
        let pieces: Vec<Result<Bytes, String>> = pieces.collect();
        let mut stream = EventReader::from_chunks(stream::iter(pieces));
        assert_eq!(stream.events().await, expected, "pieces of {size}");
        stream.end().await;
    }
}

#[tokio::test]
async fn an_error_of_the_body_is_read_after_the_events_before_it() {
    let mut stream = chunks([Ok("data: a\n\n"), Err("out of memory")]);
    assert_eq!(stream.event().await, Event::data("a"));
    assert_eq!(stream.cut().await, "out of memory");
}
