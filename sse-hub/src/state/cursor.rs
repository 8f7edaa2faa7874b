//! The cursor of a subscriber.

use smallvec::SmallVec;
use sse_core::EventId;

use super::{begin::Begin, merge::Merge};
use crate::{Epoch, Position, shared::Slot};

/// The cursor of a subscriber.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(super) slot: usize,
    /// The topics' keys.
    pub(super) topics: SmallVec<[usize; 2]>,
    /// The next events depend only on this position, so a client that reconnects with it as its last event ID gets the
    /// same events.
    pub(super) position: Position,
    pub(super) epoch: Epoch,
    /// The work that the last hold of the lock has not finished.
    pub(super) pending: Option<Box<Pending>>,
}

/// Work that takes more than one hold of the lock.
#[derive(Debug)]
pub(super) enum Pending {
    Begin(Begin),
    Merge(Merge),
}

/// A subscriber that has joined its topics, or is joining them.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) slot: Slot,
    pub(crate) cursor: Cursor,
}

impl Cursor {
    /// Returns the cursor of a subscriber that has not joined.
    pub(crate) fn new(slot: &Slot, epoch: Epoch) -> Self {
        let slot = slot.key();
        Self { slot, topics: SmallVec::new(), position: Position::START, epoch, pending: None }
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Returns the ID from which a client resumes here.
    pub(crate) fn id(&self) -> EventId {
        self.epoch.id(self.position)
    }

    /// Whether a topic with this floor has lost events that were not reported to the client.
    pub(super) fn misses(&self, floor: Position) -> bool {
        floor > self.position
    }
}
