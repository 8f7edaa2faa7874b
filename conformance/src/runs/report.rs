//! What became of the runs.

use std::{collections::BTreeMap, time::Duration};

/// What became of the runs.
#[derive(Debug, Default)]
pub struct Report {
    /// The number of runs by their outcome.
    pub outcomes: BTreeMap<String, usize>,
    /// The events that the cut readers received, the ends included.
    pub events: usize,
    /// The connections of the cut readers.
    pub connects: usize,
    /// The events that the writers know to be published.
    pub published: u64,
    /// The number of requests that were refused because another node had claimed the key.
    pub refused: usize,
    /// How long after the death of its node each abandoned run has ended.
    pub abandoned_after: Vec<Duration>,
    /// How long it took.
    pub took: Duration,
    /// What is wrong; empty if all is well.
    pub faults: Vec<String>,
}
