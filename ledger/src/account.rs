//! What became of all events, in numbers.

use crate::Finding;

/// What became of all events that a client should have received, in numbers.
///
/// Each event that was published to the client's topics after its start is delivered, missing or
/// reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Events that were received for the first time, and in order.
    pub delivered: usize,
    /// Events that were received again, or out of order.
    pub doubled: usize,
    /// Events that were delivered before, under another ID.
    pub repeated: usize,
    /// Events that were not received and that no gap event covers.
    pub missing: usize,
    /// Events that were not received and that a gap event covers.
    pub reported: usize,
    /// Gap events.
    pub gaps: usize,
    /// Topics that a gap event named although they have lost nothing.
    pub groundless: usize,
    /// Topics that have ended, where the client was asked not to reconnect.
    pub ended: usize,
    /// Topics that have ended without the client learning of it, and without a gap event that covers the end.
    pub unended: usize,
}

impl Account {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Finding) {
        let counter = match finding {
            Finding::Delivered { .. } => &mut self.delivered,
            Finding::Doubled { .. } => &mut self.doubled,
            Finding::Repeated { .. } => &mut self.repeated,
            Finding::Missing { .. } => &mut self.missing,
            Finding::Reported { .. } => &mut self.reported,
            Finding::Gap { .. } => &mut self.gaps,
            Finding::Groundless { .. } => &mut self.groundless,
            Finding::Ended { .. } => &mut self.ended,
            Finding::Unended { .. } => &mut self.unended,
        };
        *counter += 1;
    }

    /// Adds the counts of another account.
    pub fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.doubled += other.doubled;
        self.repeated += other.repeated;
        self.missing += other.missing;
        self.reported += other.reported;
        self.gaps += other.gaps;
        self.groundless += other.groundless;
        self.ended += other.ended;
        self.unended += other.unended;
    }

    /// The number of events that should have been received.
    pub fn expected(&self) -> usize {
        self.delivered + self.missing + self.reported
    }
}
