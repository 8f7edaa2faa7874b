//! The data of a gap event.

use serde::Deserialize;

/// The data of a gap event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Why events are missing.
    pub reason: String,
    /// The topics with missing events.
    pub topics: Vec<String>,
    /// The last event ID before the gap.
    pub requested: String,
    /// The position up to which events are missing, as an event ID.
    pub resumed_at: String,
}
