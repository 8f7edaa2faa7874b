//! Server-sent events for actix-web.

mod connections;
mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{connections::Connections, last_event_id::LastEventId, sse::Sse, stop::Stop};
