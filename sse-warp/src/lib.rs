//! Server-sent events for warp: a handler returns any stream of events as its reply.
//!
//! This crate only connects warp to [`sse_core`], and re-exports the types that an application needs. It has
//! no topics and keeps no events: to send each event to many clients, and to resume a client after the last
//! event that it received, use `sse-hub`, whose subscriptions are streams.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use async_stream::stream;
//! use sse_warp::{Event, LastEventId, Sse, last_event_id};
//! use warp::Filter;
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let events = warp::path!("events").and(last_event_id()).map(|last: LastEventId| {
//!         let first = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
//!         Sse::new(stream! {
//!             for number in first.. {
//!                 yield Event::data(format!("event {number}")).id(number);
//!                 tokio::time::sleep(Duration::from_secs(1)).await;
//!             }
//!         })
//!     });
//!     let listener = sse_warp::listen("127.0.0.1:3000").await?;
//!     sse_warp::serve(listener, events).await
//! }
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | stream events | [`Sse`], [`Event`] |
//! | send events from another task | [`Sse::channel`] |
//! | resume where a client left off | [`last_event_id()`] |
//! | test a handler without a socket | `sse-test`, as the README shows |
//! | respond without a stream | [`Refusal`], [`NoContent`] |
//! | set keep-alive, reconnection time, maximum age | [`Config`] |
//! | choose how a stream ends | [`Ending`] |
//! | end a stream when its client's token expires | [`Expiry`] |
//! | limit the streams of a user, a topic or a node | [`Limiter`] |
//! | start and stop the server | `serve`, `listen` |
//! | set how open streams end when the server stops | [`Drain`], [`Shutdown`] |
//! | start a server in another way | [`Serve::new`], [`in_scope`] |
//!
//! # Three ways to make events
//! A **generator**, as above: straight-line code that yields events and awaits in between.
//!
//! A **stream**, from any crate, mapped to events:
//! ```
//! use std::time::Duration;
//!
//! use sse_warp::{Event, Sse};
//! use tokio_stream::{StreamExt, wrappers::IntervalStream};
//! use warp::Reply;
//!
//! fn ticks() -> impl Reply {
//!     let seconds = IntervalStream::new(tokio::time::interval(Duration::from_secs(1)));
//!     Sse::new(seconds.map(|_| Event::data("tick")))
//! }
//! ```
//!
//! A **channel**, for events that come from another task or thread:
//! ```
//! use sse_warp::{Event, Sse};
//! use warp::Reply;
//!
//! fn progress() -> impl Reply {
//!     let (sender, events) = Sse::channel(16);
//!     tokio::spawn(async move {
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
//! # Limits of warp
//! - `warp::filters::compression` compresses event streams too: do not apply it to their routes.
//! - A reply does not know its request, so a HEAD request over HTTP/2 polls the stream. `warp::get()`
//!   rejects such a request.
//! - Pass a handler that may refuse a request to `then`. In `and_then`, its error would be a rejection: see
//!   [`Refusal`].
//!
//! # Crate features
//! - `json` (default): sends values and whole enums as JSON, and reads them back.
//! - `query` (default): reads the last event ID from a request's query as well, for clients that cannot set
//!   headers.
//! - `serve` (default): adds `serve`, which is built on `warp::serve`.
//! - `signal` (default): stops the server at Ctrl-C and SIGTERM.
//! - `net` (default): adds `listen`, for restarts that refuse no connection, and sets socket options for
//!   event streams.
//! - `metrics`: measures each stream through the facade `metrics`, and adds `describe_metrics`.
//! - `tracing`: makes a span for each stream, below the span of its request.

mod last_event_id;
#[cfg(feature = "serve")]
mod listener;
mod refusal;
#[cfg(feature = "serve")]
mod serve;
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
    InvalidEventId, InvalidEventName, Jitter, KeepAlive, LastEventId, Limit, Limiter, NoContent,
    Observer, OnError, OpenStream, Receiver, Running, SendError, Sender, Serve, Shutdown,
    StreamEnd, StreamItem, Text, TrySendError, adapter::Scope,
};
#[cfg(feature = "net")]
#[doc(inline)]
pub use sse_core::{NotListening, listen, tune_listener};

pub use crate::{
    last_event_id::last_event_id,
    refusal::Refusal,
    sse::{Sse, in_scope},
};
#[cfg(feature = "serve")]
pub use crate::{listener::Listener, serve::serve};
#[cfg(all(feature = "net", unix))]
#[doc(inline)]
pub use sse_core::listen_unix;

// Compiles the README's examples, and runs its test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
