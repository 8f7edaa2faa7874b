//! Server-sent events for warp.

mod last_event_id;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{last_event_id::last_event_id, sse::Sse, stop::Stop};
