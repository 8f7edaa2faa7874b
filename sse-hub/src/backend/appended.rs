//! Where an event was stored.

use crate::{Epoch, Position};

/// Where an event was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The epoch of the log that holds it.
    pub epoch: Epoch,
    /// Its position in that log.
    pub position: Position,
}
