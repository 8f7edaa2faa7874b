//! Server-sent events for axum.

mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{last_event_id::LastEventId, sse::Sse, stop::Stop};
