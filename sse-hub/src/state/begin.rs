//! The search for a subscription's start, across holds of the lock.

use std::collections::BinaryHeap;

use super::backlog::Starts;
use crate::{Epoch, Gap, Position, Start, log::Place};

/// The search for a subscription's start, across holds of the lock.
///
/// Events published after the first hold of the lock do not count: the newest n events are those of that
/// moment.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) epoch: Epoch,
    pub(super) start: Start,
    /// The newest event's position at that moment.
    pub(super) horizon: Position,
    /// The number of topics that were searched.
    pub(super) looked_at: usize,
    /// The first event so far.
    pub(super) first: Option<Position>,
    pub(super) highest_floor: Position,
    /// The starts of topics that have their own.
    pub(super) starts: Starts,
    /// The earliest of them so far.
    pub(super) earliest: Option<Position>,
    /// The newest events of the topics, each with its topic's place in the cursor.
    pub(super) newest: BinaryHeap<(Place, usize)>,
    /// The number of them that have yet to be counted.
    pub(super) left: usize,
    pub(super) gap: Option<Gap>,
}
