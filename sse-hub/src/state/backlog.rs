//! The events that topics with starts of their own deliver before the live ones.

use crate::{Position, Start};

/// The events that topics with starts of their own deliver before the live ones.
///
/// Up to the horizon, each topic has its own start, so the cursor's position alone does not say what comes next. A
/// client can therefore not resume within a backlog: only its last event has an ID, that of the horizon.
#[derive(Debug)]
pub(super) struct Backlog {
    /// The newest event's position when the subscription began.
    pub(super) horizon: Position,
    pub(super) starts: Starts,
}

/// Where the topics of a cursor start, in their order.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// As asked for; empty if all topics start in the same way.
    pub(super) asked: Vec<Option<Start>>,
    /// The events up to here are not delivered; `None` for topics that start with the others.
    pub(super) own: Vec<Option<Position>>,
    /// The same for all others.
    pub(super) others: Position,
}

impl Starts {
    pub(super) fn new(asked: Vec<Option<Start>>) -> Self {
        // Whole from the start: growing it would copy it in one hold.
        Self { own: Vec::with_capacity(asked.len()), others: Position::START, asked }
    }

    /// Returns after which position a topic delivers events.
    pub(super) fn of(&self, topic: usize) -> Position {
        self.own.get(topic).copied().flatten().unwrap_or(self.others)
    }
}
