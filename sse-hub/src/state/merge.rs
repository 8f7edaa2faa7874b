//! The next event of each of a subscriber's topics, across holds of the lock.

use super::heads::{Head, Heads};
use crate::{Delivery, Position, TopicName};

/// The next event of each of a subscriber's topics, the earliest first.
///
/// It is kept from one read to the next, so that each topic is searched once. It yields only events up to the horizon,
/// since a topic that was already searched may have later ones. Events that are evicted meanwhile are noticed in their
/// turn: their topic then has a floor at their position or after it.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) delivery: Delivery,
    /// The newest event's position when the merge began.
    pub(super) horizon: Position,
    /// The position up to which all topics had lost everything.
    pub(super) lost: Position,
    /// The number of topics that were searched.
    pub(super) looked_at: usize,
    pub(super) heads: Heads,
    pub(super) highest_floor: Position,
    /// The topics of a gap that is being assembled.
    pub(super) gap_topics: Vec<TopicName>,
    pub(super) gap_up_to: Position,
    /// The events that they have lost, of those for which the number is known.
    pub(super) missed: u64,
    /// The number of topics that have ended, and the position of the last end.
    pub(super) ended: usize,
    pub(super) last_end: Position,
    /// Whether the slot has been armed since the merge began.
    pub(super) waits: bool,
}

impl Merge {
    pub(super) fn new(
        horizon: Position,
        lost: Position,
        topics: usize,
        delivery: Delivery,
    ) -> Self {
        Self {
            delivery,
            horizon,
            lost,
            looked_at: 0,
            heads: Heads::with_capacity(topics),
            highest_floor: Position::START,
            gap_topics: Vec::new(),
            gap_up_to: Position::START,
            missed: 0,
            ended: 0,
            last_end: Position::START,
            waits: false,
        }
    }

    /// Leaves events after the horizon to the next merge.
    pub(super) fn push(&mut self, head: Head) {
        if head.position() <= self.horizon {
            self.heads.push(head);
        }
    }
}
