//! A fault in numbers.

use ledger::Account;

use super::{Comparison, Ends};

/// One fault, or one kind of fault, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What happens.
    pub name: String,
    /// Whether clients may receive gap events.
    pub may_lose: bool,
    /// How often it happened.
    pub times: usize,
    /// What became of the events, each counted for each client that follows its topic.
    pub account: Account,
    /// The topics that ended meanwhile.
    pub ends: Ends,
    /// The metrics of the nodes afterwards.
    pub metrics: Comparison,
    /// How long each client took until it had an event from after the fault, in ms.
    pub recovery: Vec<u64>,
}

impl Row {
    /// Adds another time of the same fault.
    pub(super) fn add(&mut self, other: Self) {
        self.times += other.times;
        self.account.add(other.account);
        self.ends.add(other.ends);
        self.metrics.add(other.metrics);
        self.recovery.extend(other.recovery);
    }
}
