//! What a backend's tail yields.

use super::{Ended, Entry};
use crate::{Epoch, Position};

/// What a backend's tail yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// The next entry.
    Entry(Entry),
    /// All entries up to a position are gone, and the tail had not yielded them all.
    Gap {
        /// The position.
        floor: Position,
        /// The topics that ended at or before it, as far as their ends are remembered.
        ended: Vec<Ended>,
    },
    /// The log was lost, and a new one has begun; the entries that follow belong to it.
    NewEpoch(Epoch),
    /// The log can be followed again after an error. Nothing else has changed.
    Recovered,
}
