//! The items of a backend's tail.

use super::{Ended, Entry};
use crate::{Epoch, Position};

/// An item of a backend's tail.
///
/// # Example
/// ```
/// # use futures_util::StreamExt;
/// use bytes::Bytes;
/// use sse_hub::{Backend, MemoryBackend, Position, TopicName, backend::LogEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryBackend::new(1_000);
/// log.append(&TopicName::new("orders")?, Bytes::from_static(b"data: paid\n\n")).await?;
/// match log.tail(Position::START).next().await {
///     Some(Ok(LogEvent::Entry(entry))) => println!("{}: {:?}", entry.topic, entry.body),
///     other => println!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// The next entry.
    Entry(Entry),
    /// Entries up to a position were removed before the tail had yielded all of them.
    Gap {
        /// The position.
        floor: Position,
        /// The topics that ended at or before it, as far as their ends are remembered.
        ended: Vec<Ended>,
    },
    /// The log was lost, and a new one has begun; the entries that follow belong to it.
    NewEpoch(Epoch),
    /// The log can be followed again after an error, and nothing was lost.
    Recovered,
}
