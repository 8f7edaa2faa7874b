//! What a client reports.

use std::time::Duration;

use sse_core::{Event, EventTooLong};

#[cfg(feature = "json")]
use crate::Gap;
use crate::{Lost, Stop};

/// What a client reports: an event, or a change of its connection. A program may ignore everything but the events.
///
/// # Example
/// ```
/// use sse_client::Update;
///
/// fn show(update: &Update) {
///     match update {
///         Update::Event(event) => println!("{:?}", event.data),
///         Update::Lost { cause, retry_in } => println!("{cause}; next attempt in {retry_in:?}"),
///         _ => {}
///     }
/// }
/// # show(&Update::Opened);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// The first connection is open.
    Opened,
    /// A connection is open again. If the server can resume, the events after the last one follow.
    Resumed,
    /// An event has arrived.
    Event(Event),
    /// A hub could not send some events, because it no longer has them.
    #[cfg(feature = "json")]
    Gap(Gap),
    /// An event was longer than [`Client::max_event_size`](crate::Client::max_event_size), and was dropped.
    TooLong(EventTooLong),
    /// The connection was lost, or could not be made.
    Lost {
        /// Why.
        cause: Lost,
        /// The time until the next attempt.
        retry_in: Duration,
    },
    /// The client has finished. Nothing follows.
    Stopped(Stop),
}
