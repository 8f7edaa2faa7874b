//! Connections that are lost.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Response;
use http_body::Body;
use sse_core::{Config, Event, LastEventId, adapter::Cut, http::Sse};
use sse_test::EventReader;
use tokio::time::Instant;

const RETRY: Duration = Duration::from_secs(7);

/// A handler that counts to four, and continues after the last event ID.
async fn count(last_event_id: String) -> Response<impl Body<Data = Bytes, Error = Cut>> {
    let last = LastEventId::from_request(Some(last_event_id.as_bytes()), None);
    let first = last.parse().map_or(0, |seen: u64| seen + 1);
    let events = (first..=4).map(|n| Event::data(format!("number {n}")).id(n));
    Sse::new(stream::iter(events)).config(Config::default().retry(RETRY)).into_response(None)
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_at_any_byte_and_resumed_is_whole() {
    let whole = EventReader::new(count(String::new()).await).rest().await;
    assert_eq!(whole.len(), 5);
    let mut most = 0;
    for byte in 0..200 {
        let mut stream = EventReader::new(count(String::new()).await).cut_after(byte);
        let mut events = stream.rest().await;
        most = most.max(events.len());
        assert!(byte > 30 || events.is_empty(), "cut at byte {byte}: {events:?}");
        events.extend(stream.reconnect(count).await.rest().await);
        assert_eq!(events, whole, "cut at byte {byte}");
    }
    assert_eq!(most, 5, "the last cuts are after the end");
}

#[tokio::test(start_paused = true)]
async fn a_reader_waits_for_the_reconnection_time_before_it_reconnects() {
    let began = Instant::now();
    let mut stream = EventReader::new(count(String::new()).await);
    assert_eq!(stream.event().await.id, Some(0.into()));
    assert_eq!(stream.last_event_id(), "0");
    let mut stream = stream.reconnect(count).await;
    assert_eq!(began.elapsed(), RETRY);
    assert_eq!(stream.last_event_id(), "0", "the ID stays until an event has another");
    assert_eq!(stream.event().await.id, Some(1.into()));
}

#[tokio::test(start_paused = true)]
async fn without_a_reconnection_time_a_reader_waits_for_three_seconds() {
    let began = Instant::now();
    let stream = EventReader::from_chunks(stream::empty::<Result<Bytes, String>>());
    let _ = stream.reconnect(count).await;
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn the_server_notices_a_lost_connection_at_once() {
    let (sender, sse) = Sse::channel(1);
    let stream = EventReader::new(sse.into_response(None));
    sender.send(Event::data("a")).await.unwrap();
    assert_eq!(stream.disconnect(), "", "the event was not read");
    assert!(sender.send(Event::data("b")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_server_notices_a_cut() {
    let (sender, sse) = Sse::channel(1);
    let config = Config::default().without_retry();
    let mut stream = EventReader::new(sse.config(config).into_response(None)).cut_after(9);
    sender.send(Event::data("a")).await.unwrap();
    assert_eq!(stream.rest().await, [Event::data("a")]);
    assert!(sender.send(Event::data("b")).await.is_err());
}
