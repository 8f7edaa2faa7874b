//! Server-sent events for actix-web: any stream as a response.
//!
//! Everything but the glue is [`sse_core`], re-exported here: its page is the map.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use actix_web::{App, HttpServer, Responder, web};
//! use async_stream::stream;
//! use sse_actix::{Connections, Drain, Event, LastEventId, Shutdown, Sse, termination};
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
//! let connections = Connections::default();
//! let server = HttpServer::new(|| App::new().route("/events", web::get().to(events)))
//!     .on_connect(connections.counter())
//!     .h1_allow_half_closed(false) // a client that leaves is noticed at once
//!     .tcp_nodelay(true) // an event leaves at once
//!     .disable_signals() // ours end the streams first
//!     .bind(("127.0.0.1", 3000))?
//!     .run();
//! connections.serve(server, &Shutdown::process(), termination(), Drain::default()).await
//! # }
//! ```
//!
//! # What is actix's
//! - With its default settings a client that leaves is noticed at the second write after that, so
//!   within two keep-alives.
//! - Ctrl-C, without the above, cuts streams in the middle of an event.
//! - It answers a POST whose body the handler does not read with `connection: close`, and Node.js's
//!   `fetch` then takes a lost connection for the end of the response. Read the body, for example with
//!   an extractor.
//! - It logs one error for each stream that is [cut](Ending): `Response payload stream error: Cut { .. }`.
//! - An open HTTP/2 connection keeps a graceful stop waiting until the drain's deadline.
//!
//! # Crate features
//! - `signal` (default): `termination`, Ctrl-C and SIGTERM as a future.
//! - `net` (default): `tune_listener`, socket options for event streams.

mod connections;
mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{connections::Connections, last_event_id::LastEventId, sse::Sse, stop::Stop};
