//! Server-sent events for warp: any stream as a reply.
//!
//! Everything but the glue is [`sse_core`], re-exported here: its page is the map.
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
//! # What is warp's
//! - `warp::filters::compression` compresses whatever passes: leave event streams out of it.
//! - A reply does not know its request. `warp::get()` refuses HEAD; a route that admits it over
//!   HTTP/2 has its stream polled.
//! - A handler that may refuse belongs in `then`; in `and_then`, an error is a rejection: see [`Refusal`].
//!
//! # Crate features
//! - `json` (default): data and whole enums as JSON.
//! - `query` (default): the last event ID in the query of a request.
//! - `serve` (default): `serve`, over `warp::serve`.
//! - `signal` (default): servers stop at Ctrl-C and SIGTERM.
//! - `net` (default): `listen`, for restarts that refuse no connection; socket options for event streams.

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
#[cfg(feature = "signal")]
#[doc(inline)]
pub use sse_core::termination;
#[doc(inline)]
pub use sse_core::{
    Config, DecodeError, DecodeStream, Decoder, Drain, DrainReport, Drained, EndReason, Ending,
    Event, EventId, EventName, EventTooLong, Frame, InvalidEventId, InvalidEventName, Jitter,
    KeepAlive, LastEventId, NoContent, OnError, Receiver, Running, SendError, Sender, Serve,
    Shutdown, StreamEnd, StreamItem, Text, TrySendError, adapter::Scope,
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
