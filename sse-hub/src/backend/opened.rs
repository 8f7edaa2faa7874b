//! A log that was opened.

use super::Ended;
use crate::{Epoch, Position};

/// A log that was opened.
///
/// # Example
/// ```
/// use sse_hub::{Backend, MemoryBackend, Position, backend::Opened};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let Opened { epoch, floor, .. } = MemoryBackend::new(1_000).open().await?;
/// assert_eq!(floor, Position::START);
/// # drop(epoch);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The log's epoch.
    pub epoch: Epoch,
    /// Every entry after this position is kept.
    pub floor: Position,
    /// Whether other processes append to it as well. If none does, a client with an ID ahead of the log
    /// receives a gap event: an older copy must have replaced the log.
    pub shared: bool,
    /// The topics that ended at or before the floor, as far as their ends are remembered.
    pub ended: Vec<Ended>,
}
