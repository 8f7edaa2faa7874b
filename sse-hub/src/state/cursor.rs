//! The cursor of a subscriber.

use smallvec::SmallVec;
use sse_core::EventId;

use super::{backlog::Backlog, begin::Begin, merge::Merge};
use crate::{Epoch, Position, log::Log, metrics::Progress, shared::Slot, work::Work};

/// The cursor of a subscriber.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(super) slot: usize,
    pub(super) topics: SmallVec<[Followed; IN_PLACE]>,
    /// The next events depend only on this position, so a client that reconnects with it as its last event ID gets the
    /// same events.
    pub(super) position: Position,
    pub(super) epoch: Epoch,
    /// Set until the cursor has reached its horizon.
    pub(super) backlog: Option<Box<Backlog>>,
    /// The work that the last hold of the lock has not finished.
    pub(super) pending: Option<Box<Pending>>,
}

/// A topic that a subscriber follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Followed {
    pub(super) key: usize,
    pub(super) progress: Progress,
}

/// The number of topics that take no memory beside the cursor: as many as fit into the two words of a vector.
const IN_PLACE: usize = 2 * size_of::<usize>() / size_of::<Followed>();

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

impl Followed {
    /// Counts the events up to a position as missed; returns their number, or 0 if it is not known.
    pub(super) fn miss(&mut self, log: &Log, up_to: Position, work: &mut Work) -> u64 {
        self.progress.skip_to(|| {
            work.spend(Work::SEARCH);
            log.number_after(up_to)
        })
    }
}

impl Cursor {
    /// Returns the cursor of a subscriber that has not joined.
    pub(crate) fn new(slot: &Slot, epoch: Epoch) -> Self {
        let slot = slot.key();
        let (topics, position) = (SmallVec::new(), Position::START);
        Self { slot, topics, position, epoch, backlog: None, pending: None }
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Returns the ID from which a client resumes here; `None` within a backlog, which it can only have as a whole.
    pub(crate) fn id(&self) -> Option<EventId> {
        self.backlog.is_none().then(|| self.epoch.id(self.position))
    }

    /// Returns the ID that the client would resume from now, for a gap; empty if it has none.
    pub(super) fn requested(&self) -> String {
        self.id().map_or_else(String::new, |id| id.to_string())
    }

    /// Returns after which position a topic, by its place among the topics, delivers its next event.
    pub(super) fn after(&self, topic: usize) -> Position {
        match &self.backlog {
            Some(backlog) => backlog.starts.of(topic).max(self.position),
            None => self.position,
        }
    }

    /// Whether a topic with this floor has lost events that were not reported to the client.
    pub(super) fn misses(&self, floor: Position) -> bool {
        floor > self.position
    }
}
