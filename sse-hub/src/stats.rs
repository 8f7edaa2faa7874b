//! Counts of a hub.

use crate::{
    BackendError, GapReason, Position,
    state::{State, TopicState},
};

/// Counts over all topics of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many topics have events, subscribers or handles.
    pub topics: usize,
    /// How many subscriptions there are, those that were not polled yet included.
    pub subscribers: usize,
    /// The number of events that this hub has published. Events that a backend had before, or that
    /// other nodes publish, do not count.
    pub published: u64,
    /// How many bytes of encoded events are kept.
    pub log_bytes: usize,
    /// How much memory events, their indices and topics take together, in bytes: what
    /// [`HubBuilder::max_bytes`](crate::HubBuilder::max_bytes) limits.
    pub memory: usize,
    /// How many bytes of events are evicted and still being sent, at most 128 KiB a connection and one
    /// event. Events under 1 KiB that were read one by one do not count.
    pub pinned_bytes: usize,
    /// Where the newest event stands.
    pub position: Position,
    /// How many gaps were told, by reason; the reasons that have not come up are not here.
    pub gaps: Vec<(GapReason, u64)>,
    /// Why the backend cannot be followed at the moment, if it cannot.
    pub backend_error: Option<BackendError>,
}

/// Counts of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicStats {
    /// How many subscribers it has.
    pub subscribers: usize,
    /// How many events are kept.
    pub events: usize,
    /// How many bytes of encoded events are kept.
    pub bytes: usize,
}

impl Stats {
    pub(crate) fn of(state: &State) -> Self {
        let mut gaps: Vec<_> =
            state.gaps().iter().map(|(reason, count)| (*reason, *count)).collect();
        gaps.sort_unstable_by_key(|(reason, _)| reason.as_str());
        Self {
            topics: state.topics(),
            subscribers: state.subscribers(),
            published: state.published(),
            log_bytes: state.bytes(),
            memory: state.memory(),
            pinned_bytes: state.pinned(),
            position: state.head(),
            gaps,
            backend_error: state.backend_error().cloned(),
        }
    }
}

impl TopicStats {
    pub(crate) fn of(topic: &TopicState) -> Self {
        Self { subscribers: topic.subscribers(), events: topic.events(), bytes: topic.bytes() }
    }
}
