//! Server-sent events for Rocket: a handler returns any stream of events as its response.
//!
//! This crate only connects Rocket to [`sse_core`], and re-exports the types that an application needs. It has
//! no topics and keeps no events: to send each event to many clients, and to resume a client after the last
//! event that it received, use `sse-hub`, whose subscriptions are streams.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use async_stream::stream;
//! use rocket::{futures::Stream, get, routes};
//! use sse_rocket::{Event, LastEventId, Sse};
//!
//! #[get("/events")]
//! fn events(last: LastEventId) -> Sse<impl Stream<Item = Event>> {
//!     let first = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
//!     Sse::new(stream! {
//!         for number in first.. {
//!             yield Event::data(format!("event {number}")).id(number);
//!             rocket::tokio::time::sleep(Duration::from_secs(1)).await;
//!         }
//!     })
//! }
//!
//! #[rocket::main]
//! async fn main() -> Result<(), Box<rocket::Error>> {
//!     let rocket = rocket::build().mount("/", routes![events]);
//!     sse_rocket::launch(rocket).await
//! }
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | stream events | [`Sse`], [`Event`] |
//! | send events from another task | [`Sse::channel`] |
//! | resume where a client left off | [`LastEventId`] |
//! | test a handler without a socket | `sse-test`, as the README shows |
//! | respond without a stream | [`Refusal`], [`NoContent`] |
//! | set keep-alive, reconnection time, maximum age | [`Config`] |
//! | choose how a stream ends | [`Ending`] |
//! | end a stream when its client's token expires | [`Expiry`] |
//! | limit the streams of a user, a topic or a node | [`Limiter`] |
//! | start and stop the server | [`launch`] |
//! | set how open streams end when the server stops | [`Drain`], [`Shutdown`] |
//!
//! # Three ways to make events
//! A **generator**, as above: straight-line code that yields events and awaits in between.
//!
//! A **stream**, from any crate, mapped to events:
//! ```
//! use std::time::Duration;
//!
//! use rocket::{futures::{Stream, StreamExt}, get};
//! use sse_rocket::{Event, Sse};
//! use tokio_stream::wrappers::IntervalStream;
//!
//! #[get("/ticks")]
//! fn ticks() -> Sse<impl Stream<Item = Event>> {
//!     let seconds = IntervalStream::new(rocket::tokio::time::interval(Duration::from_secs(1)));
//!     Sse::new(seconds.map(|_| Event::data("tick")))
//! }
//! ```
//!
//! A **channel**, for events that come from another task or thread:
//! ```
//! use rocket::get;
//! use sse_rocket::{Event, Receiver, Sse};
//!
//! #[get("/progress")]
//! fn progress() -> Sse<Receiver<Event>> {
//!     let (sender, events) = Sse::channel(16);
//!     rocket::tokio::spawn(async move {
//!         for percent in 0..=100 {
//!             if sender.send(Event::data(percent.to_string())).await.is_err() {
//!                 break; // the client has left
//!             }
//!         }
//!     });
//!     events
//! }
//! ```
//!
//! # Limits of Rocket
//! - Rocket notices that a client has left only when it writes, so the keep-alive cannot be turned off.
//! - Rocket binds its own listener, so this crate cannot set socket options: a client that stops reading keeps
//!   its stream until the kernel closes the connection. Rocket cannot use a socket of systemd's socket
//!   activation either, so a restart refuses connections for a moment. [`launch`] warns if there is such a
//!   socket.
//! - Rocket turns a failed body into a complete response. A stream that a drain should [cut](Ending) stays open
//!   instead, silent, and counts as ended. [`launch`] returns at the drain's deadline, and the connection closes
//!   with the runtime. A stream that should be cut for its age or an error ends as a complete response.
//! - A Rocket that is not started by [`launch`] cuts streams in the middle of an event when it stops.
//! - Rocket drops request headers that are not UTF-8.
//!
//! # Crate features
//! - `json` (default): sends values and whole enums as JSON, and reads them back.
//! - `query` (default): reads the last event ID from a request's query as well, for clients that cannot set
//!   headers.
//! - `signal` (default): stops the server at Ctrl-C and SIGTERM.
//! - `metrics`: measures each stream through the facade `metrics`, and adds `describe_metrics`.
//! - `tracing`: makes a span for each stream, below the span of its request.

mod chunks;
mod last_event_id;
mod launch;
mod refusal;
mod sse;

#[cfg(feature = "json")]
#[doc(inline)]
pub use sse_core::TypedError;
#[cfg(feature = "metrics")]
#[doc(inline)]
pub use sse_core::describe_metrics;
#[cfg(feature = "signal")]
#[doc(inline)]
pub use sse_core::termination;
#[doc(inline)]
pub use sse_core::{
    AdmitError, Admitted, Config, DecodeError, DecodeStream, Decoder, Drain, DrainReport, Drained,
    Draining, EndReason, Ending, Event, EventId, EventName, EventTooLong, Expiry, Frame,
    InvalidEventId, InvalidEventName, Jitter, KeepAlive, Limit, Limiter, NoContent, Observer,
    OnError, OpenStream, Receiver, Running, SendError, Sender, Serve, Shutdown, StreamEnd,
    StreamItem, Text, TrySendError, adapter::Scope,
};

pub use crate::{last_event_id::LastEventId, launch::launch, refusal::Refusal, sse::Sse};

// Compiles the README's examples, and runs its test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
