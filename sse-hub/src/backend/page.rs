//! Consecutive entries of a log.

use super::Entry;
use crate::Position;

/// Consecutive entries of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Every entry after this position is kept; entries before it may be missing.
    pub floor: Position,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}
