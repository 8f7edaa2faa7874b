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
