//! The phases of a subscription.

use sse_core::{EventName, LastEventId};

use crate::{Gap, Start, TopicName, snapshot_source::SnapshotFuture, state::Reader};

/// Rarely needed state is boxed, since there are thousands of connections.
pub(super) enum Phase {
    New(Box<New>),
    /// It has not joined all of its topics yet.
    Joining(Box<(New, Reader)>),
    Reading(Reader),
    Snapshot(Box<(Reader, Gap, SnapshotFuture)>),
    Done,
}

impl Phase {
    /// The slot of a subscription that has been polled.
    pub(super) fn slot(&self) -> Option<usize> {
        let reader = match self {
            Self::Joining(joining) => &joining.1,
            Self::Reading(reader) => reader,
            Self::Snapshot(waiting) => &waiting.0,
            Self::New(_) | Self::Done => return None,
        };
        Some(reader.slot.key())
    }
}

pub(super) struct New {
    pub(super) topics: Vec<TopicName>,
    /// The number of them for which room is reserved.
    pub(super) reserved: usize,
    pub(super) last_event_id: LastEventId,
    pub(super) start: Start,
    /// The starts of the topics, in their order; empty if none has its own.
    pub(super) starts: Vec<Option<Start>>,
    pub(super) opening: Option<EventName>,
}
