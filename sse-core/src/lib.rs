//! Server-sent events: the event type, its encoder and decoder, and the body that streams events.
//!
//! This is the core that the adapters (`sse-actix`, `sse-axum`, `sse-rocket`, `sse-warp`) share. To add
//! event streams to a server, depend on the adapter for its framework, which re-exports this crate.
//! Depend on this crate directly to read event streams, to write an adapter, or to serve streams with
//! plain hyper. It depends on no framework, and opens a socket only in `listen` (feature `net`).
//!
//! It has no topics and keeps no events: to send each event to many clients, and to resume a client
//! after the last event that it received, use `sse-hub`.
//!
//! # Example
//! ```
//! use sse_core::{Decoder, Event, EventName};
//!
//! // Text from a user stays data: its line breaks and colons cannot start a new field.
//! let sent = Event::data("hello\ndata: you").event("note").id(7);
//! let frame = sent.encode();
//! assert_eq!(frame.as_bytes(), b"event: note\nid: 7\ndata: hello\ndata: data: you\n\n");
//!
//! let mut decoder = Decoder::new();
//! decoder.feed(frame.as_bytes());
//! let received = decoder.next().expect("an item")?.into_event();
//! assert_eq!(received, Some(sent));
//!
//! // A name that is known only at run time has to be checked.
//! assert!(EventName::new("note\ndata: injected").is_err());
//! # Ok::<_, sse_core::EventTooLong>(())
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | make an event | [`Event`], [`EventName`], [`EventId`] |
#![cfg_attr(
    feature = "json",
    doc = "| send an enum as events and read it back | [`Event::typed`], [`Event::parse_typed`] |"
)]
#![cfg_attr(
    feature = "utoipa",
    doc = "| describe that enum in an OpenAPI document | [`describe_events`] |"
)]
//! | encode once for many clients | [`Frame`] |
//! | read an event stream | [`Decoder`], [`DecodeStream`] |
//! | resume a stream where a client left off | [`LastEventId`] |
#![cfg_attr(
    feature = "tokio",
    doc = "| send events from a task instead of writing a `Stream` | [`channel()`] |"
)]
#![cfg_attr(
    feature = "tokio",
    doc = "| change keep-alive, reconnection time, maximum age | [`Config`] |"
)]
#![cfg_attr(
    feature = "tokio",
    doc = "| end a stream when its client's token expires | [`Expiry`] |"
)]
#![cfg_attr(feature = "tokio", doc = "| choose how a stream ends | [`Ending`] |")]
#![cfg_attr(feature = "tokio", doc = "| observe the open streams | [`Observer`] |")]
#![cfg_attr(
    feature = "tokio",
    doc = "| limit the streams of a user, a topic or a node | [`Limiter`] |"
)]
#![cfg_attr(
    feature = "tokio",
    doc = "| stop a server with open streams | [`Serve`], [`Drain`], [`Shutdown`] |"
)]
#![cfg_attr(
    feature = "tokio",
    doc = "| answer a load balancer's readiness check | [`Shutdown::ready`] |"
)]
//! | respond without a stream | [`Refusal`], [`NoContent`] |
#![cfg_attr(feature = "tokio", doc = "| write an adapter | [`adapter`] |")]
#![cfg_attr(
    feature = "http-body",
    doc = "| respond without an adapter, as on plain hyper | [`http`] |"
)]
//!
//! # Crate features
//! - `json` (default): sends values and whole enums as JSON, and reads them back.
//! - `query` (default): reads the last event ID from a request's query as well, for clients that cannot
//!   set headers.
//! - `tokio` (default): adds everything that needs a clock, such as `Config`, `Serve` and `adapter`.
//!   Without it, the crate needs neither tokio nor a clock.
//! - `signal`: stops a `Serve` at Ctrl-C and SIGTERM. Without it, only `Serve::until` stops one.
//! - `net`: adds `tune_listener`, which sets socket options for event streams, and `listen`, for restarts
//!   that refuse no connection.
//! - `metrics`: measures each stream through the facade `metrics`, and adds `describe_metrics`.
//! - `tracing`: makes a span for each stream, below the span in which its response was made.
//! - `utoipa`: describes typed events in OpenAPI 3.2 documents of utoipa 6.
//! - `http-body`: adds `http`, for servers that take an `http::Response` with an `http_body::Body`, such as
//!   hyper.

mod decode_stream;
mod decoder;
mod encode;
mod event;
mod event_id;
mod event_name;
mod frame;
#[cfg(feature = "tokio")]
mod head;
#[cfg(feature = "net")]
mod inherited;
mod last_event_id;
mod line_breaks;
#[cfg(feature = "net")]
mod listen;
#[cfg(feature = "utoipa")]
mod openapi;
mod refusal;
mod shared_str;
mod text;
#[cfg(feature = "metrics")]
mod traffic;
#[cfg(feature = "json")]
mod typed;

#[cfg(feature = "tokio")]
pub mod adapter;
#[cfg(feature = "tokio")]
mod body;
#[cfg(feature = "tokio")]
mod channel;
#[cfg(feature = "tokio")]
mod config;
#[cfg(feature = "tokio")]
mod drain;
#[cfg(feature = "tokio")]
mod draining;
#[cfg(feature = "tokio")]
mod ending;
#[cfg(feature = "tokio")]
mod expiry;
#[cfg(feature = "http-body")]
pub mod http;
#[cfg(feature = "tokio")]
mod jitter;
#[cfg(feature = "tokio")]
mod keep_alive;
#[cfg(feature = "tokio")]
mod limiter;
#[cfg(feature = "tokio")]
mod metrics;
#[cfg(feature = "net")]
mod net;
#[cfg(feature = "tokio")]
mod observer;
#[cfg(feature = "tokio")]
mod on_error;
#[cfg(feature = "tokio")]
mod open_stream;
#[cfg(feature = "tokio")]
mod scope;
#[cfg(feature = "tokio")]
mod sent;
#[cfg(feature = "tokio")]
mod serve;
#[cfg(feature = "tokio")]
mod settings;
#[cfg(feature = "tokio")]
mod shutdown;
#[cfg(feature = "signal")]
mod signal;
#[cfg(feature = "tokio")]
mod stream_end;

pub use decode_stream::{DecodeError, DecodeStream};
pub use decoder::{Decoder, EventTooLong, StreamItem};
pub use event::Event;
pub use event_id::{EventId, InvalidEventId};
pub use event_name::{EventName, InvalidEventName};
pub use frame::Frame;
pub use last_event_id::LastEventId;
pub use refusal::{NoContent, Refusal};
pub use text::Text;
#[cfg(feature = "json")]
pub use typed::TypedError;

#[cfg(all(feature = "net", unix))]
pub use inherited::inherited_unix_listener;
#[cfg(feature = "net")]
pub use inherited::{NotListening, inherited_tcp_listener};
#[cfg(feature = "net")]
pub use listen::listen;
#[cfg(all(feature = "net", unix))]
pub use listen::listen_unix;
#[cfg(feature = "metrics")]
pub use metrics::describe_metrics;
#[cfg(feature = "net")]
pub use net::tune_listener;
#[cfg(feature = "utoipa")]
pub use openapi::describe_events;
#[cfg(feature = "signal")]
pub use signal::termination;
#[cfg(feature = "tokio")]
pub use {
    channel::{Receiver, SendError, Sender, TrySendError, channel},
    config::Config,
    drain::{Drain, DrainReport},
    draining::Draining,
    ending::Ending,
    expiry::Expiry,
    jitter::Jitter,
    keep_alive::KeepAlive,
    limiter::{Admission, AdmitError, Admitted, Limit, Limiter},
    observer::Observer,
    on_error::OnError,
    open_stream::OpenStream,
    serve::{Drained, Running, Serve},
    shutdown::Shutdown,
    stream_end::{EndReason, StreamEnd},
};

// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
