//! Consecutive entries of a log.

use super::Entry;
use crate::Position;

/// Consecutive entries of a log.
///
/// # Example
/// ```
/// use sse_hub::{Backend, MemoryBackend, Position, backend::Page};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let Page { entries, .. } = MemoryBackend::new(1_000).read(Position::START, 100).await?;
/// assert!(entries.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Every entry after this position is kept; entries before it may be missing.
    pub floor: Position,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}
