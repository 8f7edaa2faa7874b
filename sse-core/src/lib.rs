//! Server-sent events: what one is, how it is written and read, and how a server streams it.
//!
//! This is the core that the adapters share (`sse-actix`, `sse-axum`, `sse-rocket`, `sse-warp`).
//! To add event streams to a server, depend on its adapter, which re-exports all of this; depend on
//! this crate alone to read event streams, or to write an adapter. It opens no socket and knows no
//! framework.
//!
//! # Example
//! ```
//! use sse_core::{Decoder, Event, EventName};
//!
//! // Text that a user sends stays text, line breaks, colons and all.
//! let sent = Event::data("hello\ndata: you").event("note").id(7);
//! let frame = sent.encode();
//! assert_eq!(frame.as_bytes(), b"event: note\nid: 7\ndata: hello\ndata: data: you\n\n");
//!
//! let mut decoder = Decoder::new();
//! decoder.feed(frame.as_bytes());
//! let received = decoder.next().expect("an item")?.into_event();
//! assert_eq!(received, Some(sent));
//!
//! // A name that is only known when the program runs has to be checked.
//! assert!(EventName::new("note\ndata: injected").is_err());
//! # Ok::<_, sse_core::TooLong>(())
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | make an event | [`Event`], [`EventName`], [`EventId`] |
//! | send an enum as events and read it back | [`Event::typed`], [`Event::parse_typed`] |
//! | encode once for many clients | [`Frame`] |
//! | read an event stream | [`Decoder`], [`DecodeStream`] |
//! | go on where a client left off | [`LastEventId`] |
#![cfg_attr(feature = "tokio", doc = "| send events instead of writing a stream | [`channel()`] |")]
#![cfg_attr(
    feature = "tokio",
    doc = "| change keep-alive, reconnection time, maximum age | [`Config`] |"
)]
#![cfg_attr(feature = "tokio", doc = "| choose how a stream ends | [`Ending`] |")]
#![cfg_attr(
    feature = "tokio",
    doc = "| stop a server with open streams | [`Serve`], [`Drain`], [`Shutdown`] |"
)]
//! | answer without a stream | [`Refusal`], [`NoContent`] |
#![cfg_attr(feature = "tokio", doc = "| write an adapter | [`adapter`] |")]
//!
//! # Crate features
//! - `tokio` (default): `Config`, `Serve`, `adapter`: everything that needs a clock. Without it, the crate
//!   needs neither tokio nor a clock.
//! - `signal`: `Serve` stops at Ctrl-C and SIGTERM; without it, only at `Serve::until`.
//! - `net`: `tune_listener`, socket options for event streams; `inherited_tcp_listener`, for restarts that
//!   refuse no connection.

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
mod refusal;
mod shared_str;
mod text;
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
mod end;
#[cfg(feature = "tokio")]
mod ending;
#[cfg(feature = "tokio")]
mod keep_alive;
#[cfg(feature = "net")]
mod net;
#[cfg(feature = "tokio")]
mod scope;
#[cfg(feature = "tokio")]
mod serve;
#[cfg(feature = "tokio")]
mod settings;
#[cfg(feature = "tokio")]
mod shutdown;
#[cfg(feature = "signal")]
mod signal;
#[cfg(feature = "tokio")]
mod window;

pub use decode_stream::{DecodeError, DecodeStream};
pub use decoder::{Decoded, Decoder, TooLong};
pub use event::Event;
pub use event_id::{EventId, InvalidEventId};
pub use event_name::{EventName, InvalidEventName};
pub use frame::Frame;
pub use last_event_id::LastEventId;
pub use refusal::{NoContent, Refusal};
pub use text::Text;
pub use typed::TypedError;

#[cfg(all(feature = "net", unix))]
pub use inherited::inherited_unix_listener;
#[cfg(feature = "net")]
pub use inherited::{NotListening, inherited_tcp_listener};
#[cfg(feature = "net")]
pub use net::tune_listener;
#[cfg(feature = "signal")]
pub use signal::termination;
#[cfg(feature = "tokio")]
pub use {
    channel::{Receiver, SendError, Sender, TrySendError, channel},
    config::{Config, OnError},
    drain::{Drain, DrainReport},
    end::{End, EndReason},
    ending::Ending,
    keep_alive::KeepAlive,
    serve::{Drained, Running, Serve},
    shutdown::Shutdown,
    window::Window,
};
