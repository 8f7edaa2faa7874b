//! The events that topics with their own starts deliver before the live ones.

use crate::{Position, Start};

/// The events that topics with their own starts deliver before the live ones.
///
/// Up to the horizon, each topic has its own start, so the next events do not depend on the cursor's position alone. A
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
    /// The requested starts; empty if all topics start in the same way.
    pub(super) asked: Vec<Option<Start>>,
    /// The events up to these positions are not delivered; `None` for topics that start with the others.
    pub(super) own: Vec<Option<Position>>,
    /// The same for all others.
    pub(super) others: Position,
}

impl Starts {
    pub(super) fn new(asked: Vec<Option<Start>>) -> Self {
        // Allocated at once: growing it would copy it in one hold.
        Self { own: Vec::with_capacity(asked.len()), others: Position::START, asked }
    }

    /// Returns the position after which a topic delivers events.
    pub(super) fn of(&self, topic: usize) -> Position {
        self.own.get(topic).copied().flatten().unwrap_or(self.others)
    }
}
