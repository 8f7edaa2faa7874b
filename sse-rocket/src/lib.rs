//! Server-sent events for Rocket.

mod last_event_id;
mod shutdown;
mod sse;
mod stop;

#[doc(inline)]
pub use sse_core::*;

pub use crate::{last_event_id::LastEventId, shutdown::DrainFairing, sse::Sse, stop::Stop};
