//! The ID of a node.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The ID of a node: random, so that a process that starts again is another node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct NodeId(u64);

impl NodeId {
    #[cfg(test)]
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns a new ID. Two nodes of a cluster are unlikely to have the same, and nobody gains by guessing one.
    pub(crate) fn random() -> Self {
        let mut bits = [0; 8];
        // Without random numbers, no run begins.
        let _ = getrandom::fill(&mut bits);
        Self(u64::from_ne_bytes(bits))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}
