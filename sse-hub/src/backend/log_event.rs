//! What a backend's tail yields.

use super::Entry;
use crate::{Epoch, Position};

/// What a backend's tail yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// The next entry.
    Entry(Entry),
    /// All entries up to this position are gone, and the tail had not yielded them all.
    Gap(Position),
    /// The log was lost, and a new one has begun; the entries that follow belong to it.
    NewEpoch(Epoch),
    /// The log can be followed again after an error. Nothing else has changed.
    Recovered,
}
