//! A test kit for handlers of server-sent events.
//!
//! An [`EventReader`] reads the response of a handler without a socket. It works under Tokio's paused time, in
//! which keep-alives, reconnection times and drains take no real time. It reports everything that it did not
//! expect by a panic that says what arrived instead. Its features know the responses of each framework. For tests over
//! sockets, a [`FaultProxy`] in front of a server breaks its connections.
//!
//! It is for `[dev-dependencies]`, and needs no adapter. To read event streams in a program, use `sse-client`.
//!
//! # Example
//! A handler of plain hyper, and a test of three events:
//! ```
//! use http::Response;
//! use sse_core::{Event, adapter::Cut, http::Sse};
//! use sse_test::EventReader;
//!
//! async fn events() -> Response<impl http_body::Body<Data = bytes::Bytes, Error = Cut>> {
//!     Sse::new(futures_util::stream::iter((0..10).map(|n| Event::data(n.to_string()).id(n))))
//!         .into_response(None)
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
//! // in `#[tokio::test(start_paused = true)] async fn the_count_begins_at_zero()`
//! let mut stream = EventReader::new(events().await);
//! let expected = [0, 1, 2].map(|n| Event::data(n.to_string()).id(n));
//! assert_eq!(stream.events().await, expected);
//! # }
//! ```
//! The READMEs of the adapters have the same test for axum, actix-web, warp and Rocket.
//!
//! | you want to | look at |
//! |---|---|
//! | read events, or fail | [`EventReader::event`], [`EventReader::events`] |
//! | read an enum | [`EventReader::typed`] |
//! | see keep-alives and reconnection times | [`EventReader::item`], [`EventReader::reconnection_time`] |
//! | lose the connection, and resume as an EventSource does | [`EventReader::cut_after`], [`EventReader::reconnect`] |
//! | make a reader miss events | [gaps and lag](#a-gap-and-a-reader-that-lags) |
//! | end the streams as a deploy does | [a drain](#a-drain) |
//! | test a client or a server over sockets | [`FaultProxy`] |
//!
//! # Paused time
//! With `#[tokio::test(start_paused = true)]`, Tokio's clock jumps to the next timer whenever all tasks wait.
//! It needs Tokio's feature `test-util`. Sockets do not mix with it, because the clock also jumps while a byte is on
//! its way: use real time with a [`FaultProxy`].
//!
//! A reader that waits for an event fails after [a minute](EventReader::wait_at_most) of that clock.
//!
//! # A lost connection
//! [`EventReader::cut_after`] loses the connection after a number of bytes, wherever that is. Dropping the reader
//! loses it after the events that were read. [`EventReader::reconnect`] then makes the request that an EventSource
//! would make:
//! ```
//! # use sse_core::{Event, EventId, LastEventId, http::Sse};
//! # use sse_test::EventReader;
//! # use http::Response;
//! # async fn events(last: String) -> Response<impl http_body::Body<Data = bytes::Bytes, Error = sse_core::adapter::Cut>> {
//! #     let last = LastEventId::from_request(Some(last.as_bytes()), None);
//! #     let first = last.parse().map_or(0, |seen: u64| seen + 1);
//! #     Sse::new(futures_util::stream::iter((first..9).map(|n| Event::data(n.to_string()).id(n)))).into_response(None)
//! # }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
//! let mut stream = EventReader::new(events(String::new()).await);
//! assert_eq!(stream.event().await, Event::data("0").id(0));
//! let mut stream = stream.reconnect(events).await; // passes the last event ID
//! assert_eq!(stream.event().await, Event::data("1").id(1));
//! # }
//! ```
//!
//! # A gap, and a reader that lags
//! `Hub::trim` evicts events at once. A reader that does not read falls behind as soon as more is published than the
//! hub keeps:
//! ```
//! # use sse_core::{Event, LastEventId, http::Sse};
//! # use sse_hub::{Hub, Retention};
//! # use sse_test::EventReader;
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::builder().retention(Retention::default().events(2)).build();
//! let orders = async |id: String| {
//!     let last = LastEventId::from_request(Some(id.as_bytes()), None);
//!     Sse::new(hub.subscribe_from("orders", last).expect("a topic")).into_response(None)
//! };
//! let mut stream = EventReader::new(orders(String::new()).await);
//! assert_eq!(stream.event().await.event.as_deref(), Some("subscribed"));
//!
//! // A lag: the reader pauses while five events are published.
//! for n in 0..5 {
//!     hub.publish_now("orders", Event::data(n.to_string()))?;
//! }
//! assert_eq!(stream.gap().await.reason, "trimmed");
//! assert_eq!(stream.events().await.map(|event| event.data), [Some("3".into()), Some("4".into())]);
//!
//! // A gap: the events are gone when the reader reconnects.
//! hub.publish_now("orders", Event::data("5"))?;
//! hub.trim("orders", hub.position());
//! let mut stream = stream.reconnect(orders).await;
//! assert_eq!(stream.gap().await.topics, ["orders"]);
//! # Ok(()) }
//! ```
//!
//! # A drain
//! Streams belong to a server's scope. Without a server, the test makes one: axum has `ScopeLayer`, warp `in_scope`,
//! Rocket manages a `Scope` as state, and actix-web has it in its app's data.
//! ```
//! # use sse_core::{Config, Drain, Event, Shutdown, adapter::Scope, http::Sse};
//! # use sse_test::EventReader;
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
//! let shutdown = Shutdown::new();
//! let scope = Scope::new(shutdown.clone(), &Config::default());
//! # let endless = futures_util::stream::pending::<Event>();
//! let mut stream = EventReader::new(Sse::new(endless).into_response(Some(&scope)));
//!
//! let drained = shutdown.begin(Drain::default());
//! stream.end().await;
//! assert!(stream.reconnection_time().is_some());
//! assert_eq!(drained.await.abandoned, 0);
//! # }
//! ```
//!
//! # Crate features
//! - `actix`: reads the `ServiceResponse` of `actix_web::test::call_service`.
//! - `rocket`: reads the `LocalResponse` of `rocket::local::asynchronous`.
//!
//! The responses of axum, warp and plain hyper are of `http::Response`, and need no feature.

mod event_reader;
mod fault;
mod fault_proxy;
mod gap;
mod response;

pub use self::{
    event_reader::EventReader, fault::Fault, fault_proxy::FaultProxy, gap::Gap, response::Response,
};

// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
