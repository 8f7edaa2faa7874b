//! Server-sent events for warp: any stream as a reply.
//!
//! Everything but the glue is [`sse_core`], re-exported here: its page is the map.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use async_stream::stream;
//! use sse_warp::{
//!     Drain, Event, LastEventId, Shutdown, Sse, last_event_id, termination, tune_listener,
//! };
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
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     tune_listener(&listener);
//!     Shutdown::process()
//!         .serve(termination(), Drain::default(), |drained| {
//!             warp::serve(events).incoming(listener).graceful(drained).run()
//!         })
//!         .await;
//!     Ok(())
//! }
//! ```
//!
//! # What is warp's
//! - `warp::filters::compression` compresses whatever passes: leave event streams out of it.
//! - A reply does not know its request. `warp::get()` refuses HEAD; a route that admits it over
//!   HTTP/2 has its stream polled.
//!
//! # Crate features
//! - `signal` (default): `termination`, Ctrl-C and SIGTERM as a future.
//! - `net` (default): `tune_listener`, socket options for event streams.

mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{last_event_id::last_event_id, sse::Sse, stop::Stop};
