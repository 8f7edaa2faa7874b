//! Server-sent events.

mod decode_stream;
mod decoder;
mod encode;
mod event;
mod event_id;
mod event_name;
mod frame;
mod head;
mod last_event_id;
mod text;
mod typed;

#[cfg(feature = "tokio")]
mod body;
#[cfg(feature = "tokio")]
mod config;
#[cfg(feature = "tokio")]
mod drain;
#[cfg(feature = "tokio")]
mod end;
#[cfg(feature = "tokio")]
mod keep_alive;
#[cfg(feature = "net")]
mod net;
#[cfg(feature = "tokio")]
mod serve;
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
pub use head::Head;
pub use last_event_id::LastEventId;
pub use text::Text;
pub use typed::TypedError;

#[cfg(feature = "net")]
pub use net::tune_listener;
#[cfg(feature = "signal")]
pub use signal::termination;
#[cfg(feature = "tokio")]
pub use {
    body::{Body, BodyItem, Results},
    config::{Config, OnError},
    drain::{Drain, DrainReport},
    end::{End, EndReason},
    keep_alive::KeepAlive,
    serve::Drained,
    shutdown::Shutdown,
    window::Window,
};
