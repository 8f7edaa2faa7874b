//! Server-sent events for axum: any stream as a response.
//!
//! Everything but the glue is [`sse_core`], re-exported here: its page is the map.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use async_stream::stream;
//! use axum::{Router, response::IntoResponse, routing::get};
//! use sse_axum::{Drain, Event, LastEventId, Shutdown, Sse, termination, tune_listener};
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
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     tune_listener(&listener);
//!     Shutdown::process()
//!         .serve(termination(), Drain::default(), |drained| {
//!             axum::serve(listener, app).with_graceful_shutdown(drained)
//!         })
//!         .await
//!         .unwrap_or(Ok(()))
//! }
//! ```
//!
//! # Crate features
//! - `signal` (default): `termination`, Ctrl-C and SIGTERM as a future.
//! - `net` (default): `tune_listener`, socket options for event streams.

mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{last_event_id::LastEventId, sse::Sse, stop::Stop};
