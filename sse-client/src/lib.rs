//! Reads server-sent events: it reconnects, resumes after the last event, and notices dead connections.
//!
//! A program reads a `Stream` of events. `sse_core::Decoder` decodes the bytes, exactly as the standard
//! demands. This crate has no server, and works with any server that sends event streams. It
//! needs a Tokio runtime for its timers.
//!
//! # Example
#![cfg_attr(feature = "reqwest", doc = "```no_run")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! use futures_util::StreamExt;
//! use sse_client::Client;
//!
//! # async fn run() -> Result<(), sse_client::ClientError> {
//! let mut events = Client::get("http://127.0.0.1:3000/events").events();
//! while let Some(event) = events.next().await {
//!     println!("{:?}", event?.data);
//! }
//! # Ok(()) }
//! ```
//!
//! | you want to | look at |
//! |---|---|
#![cfg_attr(feature = "reqwest", doc = "| read a URL | [`Client::get`] |")]
//! | set headers, send a POST, refresh a token | [`Client::new`] |
//! | follow the state of the connection | [`Client::updates`], [`Update`] |
#![cfg_attr(feature = "json", doc = "| read events as an enum | [`Events::typed`] |")]
#![cfg_attr(feature = "json", doc = "| know which events a hub could not send | [`Update::Gap`] |")]
//! | continue after a restart of your program | [`Client::last_event_id`], [`Events::last_event_id`] |
//! | use another HTTP client | [`Connector`] |
//!
//! # What it does
//! - After a lost connection, it waits for the server's reconnection time (WHATWG HTML 9.2.3), and reconnects
//!   with `Last-Event-ID`. If that fails too, it waits longer each time: see [`Client::backoff`].
//! - 204 stops it (WHATWG HTML 9.2.1). A 4xx or another content type is an error.
//! - A 5xx is retried. So is a 429 that has a `Retry-After`.
//! - A connection that is silent for 45 s counts as lost: see [`Client::stall_after`].
//! - A POST is not sent twice: see [`Client::reconnect`].
//!
//! # Crate features
//! - `reqwest` (default): `reqwest::Client` as a [`Connector`], and `Client::get`. It adds no TLS: for
//!   `https`, enable a TLS feature of reqwest, such as `rustls`, in your own `Cargo.toml`.
//! - `json` (default): typed events, and gaps as values.
//! - `hyper`: `Hyper`, a connector for plain HTTP/1.1.

mod attempts;
mod backoff;
mod box_error;
mod client;
mod client_error;
mod connector;
mod driver;
mod events;
#[cfg(feature = "json")]
mod gap;
#[cfg(feature = "hyper")]
mod hyper;
mod lost;
mod machine;
#[cfg(feature = "reqwest")]
mod reqwest;
mod send_error;
mod stop;
#[cfg(feature = "json")]
mod typed;
mod update;
mod updates;
mod verdict;

#[cfg(feature = "hyper")]
pub use self::hyper::Hyper;
pub use box_error::BoxError;
pub use client::Client;
pub use client_error::ClientError;
pub use connector::Connector;
pub use events::Events;
#[cfg(feature = "json")]
pub use gap::Gap;
pub use lost::Lost;
pub use send_error::SendError;
/// The event, and what an event that is too long is reported as.
pub use sse_core::{Event, EventId, EventTooLong};
pub use stop::Stop;
#[cfg(feature = "json")]
pub use typed::Typed;
pub use update::Update;
pub use updates::Updates;

// Compiles the README's example.
#[cfg(all(doctest, feature = "reqwest", feature = "json"))]
#[doc = include_str!("../README.md")]
struct Readme;
