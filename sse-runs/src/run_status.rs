//! The record of a run.

use std::time::SystemTime;

use crate::Outcome;

/// The record of a run: see [`Runs::status`](crate::Runs::status).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunStatus {
    /// The number of the newest event, without the end; 0 if no event was published.
    pub last: u64,
    /// When it began.
    pub began: SystemTime,
    /// How and when it has ended; `None` while it is written.
    pub ended: Option<(Outcome, SystemTime)>,
}
