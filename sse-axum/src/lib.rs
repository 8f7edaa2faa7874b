//! Server-sent events for axum: a handler returns any stream of events as its response.
//!
//! This crate only connects axum to [`sse_core`], and re-exports the types that an application needs. It has
//! no topics and keeps no events: to send each event to many clients, and to resume a client after the last
//! event that it received, use `sse-hub`, whose subscriptions are streams.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use async_stream::stream;
//! use axum::{Router, response::IntoResponse, routing::get};
//! use sse_axum::{Event, LastEventId, Sse};
//!
//! async fn events(last: LastEventId) -> impl IntoResponse {
//!     let first = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
//!     Sse::new(stream! {
//!         for number in first.. {
//!             yield Event::data(format!("event {number}")).id(number);
//!             tokio::time::sleep(Duration::from_secs(1)).await;
//!         }
//!     })
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let app = Router::new().route("/events", get(events));
//!     let listener = sse_axum::listen("127.0.0.1:3000").await?;
//!     sse_axum::serve(listener, app).await
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
//! | start and stop the server | `serve`, `listen` |
//! | set how open streams end when the server stops | [`Drain`], [`Shutdown`] |
//! | start a server in another way | [`Serve::new`], [`ScopeLayer`] |
//!
//! # Three ways to make events
//! A **generator**, as above: straight-line code that yields events and awaits in between.
//!
//! A **stream**, from any crate, mapped to events:
//! ```
//! use std::time::Duration;
//!
//! use axum::response::IntoResponse;
//! use sse_axum::{Event, Sse};
//! use tokio_stream::{StreamExt, wrappers::IntervalStream};
//!
//! async fn ticks() -> impl IntoResponse {
//!     let seconds = IntervalStream::new(tokio::time::interval(Duration::from_secs(1)));
//!     Sse::new(seconds.map(|_| Event::data("tick")))
//! }
//! ```
//!
//! A **channel**, for events that come from another task or thread:
//! ```
//! use axum::response::IntoResponse;
//! use sse_axum::{Event, Sse};
//!
//! async fn progress() -> impl IntoResponse {
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
//! # Crate features
//! - `json` (default): sends values and whole enums as JSON, and reads them back.
//! - `query` (default): reads the last event ID from a request's query as well, for clients that cannot set
//!   headers.
//! - `serve` (default): adds `serve`, which is built on `axum::serve`.
//! - `signal` (default): stops the server at Ctrl-C and SIGTERM.
//! - `net` (default): adds `listen`, for restarts that refuse no connection, and sets socket options for
//!   event streams.
//! - `metrics`: measures each stream through the facade `metrics`, and adds `describe_metrics`.
//! - `tracing`: makes a span for each stream, below the span of its request.

mod last_event_id;
mod refusal;
mod scope_layer;
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
    InvalidEventId, InvalidEventName, Jitter, KeepAlive, Limit, Limiter, NoContent, Observer,
    OnError, OpenStream, Receiver, Running, SendError, Sender, Serve, Shutdown, StreamEnd,
    StreamItem, Text, TrySendError, adapter::Scope,
};
#[cfg(feature = "net")]
#[doc(inline)]
pub use sse_core::{NotListening, listen, tune_listener};

#[cfg(feature = "serve")]
pub use crate::serve::serve;
pub use crate::{
    last_event_id::LastEventId,
    refusal::Refusal,
    scope_layer::{InScope, ScopeLayer},
    sse::Sse,
};
#[cfg(all(feature = "net", unix))]
#[doc(inline)]
pub use sse_core::listen_unix;

// Compiles the README's examples, and runs its test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
