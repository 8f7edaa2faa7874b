//! Where an event was stored.

use crate::{Epoch, Position};

/// Where an event was stored.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use sse_hub::{Backend, MemoryBackend, TopicName, backend::Appended};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryBackend::new(1_000);
/// let body = Bytes::from_static(b"data: paid\n\n");
/// let Appended { epoch, position } = log.append(&TopicName::new("orders")?, body).await?;
/// println!("the event's ID is {epoch}.{position}");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The epoch of the log that holds it.
    pub epoch: Epoch,
    /// Its position in that log.
    pub position: Position,
}
