//! Server-sent events for actix-web: a handler returns any stream of events as its response.
//!
//! This crate only connects actix-web to [`sse_core`], and re-exports the types that an application needs. It has
//! no topics and keeps no events: to send each event to many clients, and to resume a client after the last
//! event that it received, use `sse-hub`, whose subscriptions are streams.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use actix_web::{App, HttpServer, Responder, web};
//! use async_stream::stream;
//! use sse_actix::{Event, LastEventId, Sse};
//!
//! async fn events(last: LastEventId) -> impl Responder {
//!     let first = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
//!     Sse::new(stream! {
//!         for number in first.. {
//!             yield Event::data(format!("event {number}")).id(number);
//!             tokio::time::sleep(Duration::from_secs(1)).await;
//!         }
//!     })
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! // in `#[actix_web::main] async fn main() -> std::io::Result<()>`
//! let listener = sse_actix::listen("127.0.0.1:3000")?;
//! let server = HttpServer::new(|| App::new().route("/events", web::get().to(events)));
//! sse_actix::serve(listener, server).await
//! # }
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
//! | start and stop the server | [`serve`], `listen` |
//! | set how open streams end when the server stops | [`Drain`], [`Shutdown`] |
//! | start a server in another way | [`Connections`] |
//!
//! # Three ways to make events
//! A **generator**, as above: straight-line code that yields events and awaits in between.
//!
//! A **stream**, from any crate, mapped to events:
//! ```
//! use std::time::Duration;
//!
//! use actix_web::Responder;
//! use sse_actix::{Event, Sse};
//! use tokio_stream::{StreamExt, wrappers::IntervalStream};
//!
//! async fn ticks() -> impl Responder {
//!     let seconds = IntervalStream::new(actix_web::rt::time::interval(Duration::from_secs(1)));
//!     Sse::new(seconds.map(|_| Event::data("tick")))
//! }
//! ```
//!
//! A **channel**, for events that come from another task or thread:
//! ```
//! use actix_web::Responder;
//! use sse_actix::{Event, Sse};
//!
//! async fn progress() -> impl Responder {
//!     let (sender, events) = Sse::channel(16);
//!     actix_web::rt::spawn(async move {
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
//! # Limits of actix-web
//! - With actix-web's default settings, a server that you start yourself notices that a client has left at the
//!   second write after that, which is within two keep-alives. Its Ctrl-C cuts streams in the middle of an
//!   event. [`Connections`] has the settings that prevent both.
//! - If a handler does not read the body of a POST, actix-web answers with `connection: close`. Node.js's
//!   `fetch` then mistakes a lost connection for the end of the response. Read the body, for example with an
//!   extractor.
//! - actix-web logs an error for each stream that is [cut](Ending): `Response payload stream error: Cut { .. }`.
//! - An open HTTP/2 connection delays a graceful stop until the drain's deadline.
//!
//! # Crate features
//! - `json` (default): sends values and whole enums as JSON, and reads them back.
//! - `query` (default): reads the last event ID from a request's query as well, for clients that cannot set
//!   headers.
//! - `http2`: lets [`serve`] speak HTTP/2 without TLS to clients that begin with it.
//! - `signal` (default): stops the server at Ctrl-C and SIGTERM.
//! - `net` (default): adds `listen`, for restarts that refuse no connection, and sets socket options for
//!   event streams.
//! - `metrics`: measures each stream through the facade `metrics`, and adds `describe_metrics`.
//! - `tracing`: makes a span for each stream, below the span of its request.

mod connections;
mod last_event_id;
#[cfg(feature = "net")]
mod listen;
mod listener;
mod refusal;
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
    OnError, OpenStream, Receiver, Running, SendError, Sender, Shutdown, StreamEnd, StreamItem,
    Text, TrySendError, adapter::Scope,
};
#[cfg(feature = "net")]
#[doc(inline)]
pub use sse_core::{NotListening, tune_listener};

#[cfg(feature = "net")]
pub use crate::listen::listen;
#[cfg(all(feature = "net", unix))]
pub use crate::listen::listen_unix;
pub use crate::{
    connections::Connections,
    last_event_id::LastEventId,
    listener::Listener,
    refusal::Refusal,
    serve::{Serve, serve},
    sse::Sse,
};

// Compiles the README's examples, and runs its test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
