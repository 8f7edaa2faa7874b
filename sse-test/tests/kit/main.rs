//! The kit as a test uses it.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

mod connection;
mod messages;
mod proxy;
mod read;

use bytes::Bytes;
use futures_util::Stream;
use http::Response;
use http_body::Body;
use sse_core::{Config, Event, adapter::Cut, http::Sse};
use sse_test::EventReader;

/// A handler's response with these events, which then ends.
fn respond(
    events: impl IntoIterator<Item = Event, IntoIter: Send + 'static>,
) -> Response<impl Body<Data = Bytes, Error = Cut>> {
    Sse::new(futures_util::stream::iter(events)).into_response(None)
}

/// A handler's response without events.
fn silent(config: Config) -> Response<impl Body<Data = Bytes, Error = Cut>> {
    Sse::new(futures_util::stream::pending::<Event>()).config(config).into_response(None)
}

/// Reads a body of these chunks.
fn chunks<const N: usize>(
    chunks: [Result<&'static str, &'static str>; N],
) -> EventReader<impl Stream<Item = Result<Bytes, &'static str>>> {
    EventReader::from_chunks(futures_util::stream::iter(chunks.map(|chunk| chunk.map(Bytes::from))))
}
