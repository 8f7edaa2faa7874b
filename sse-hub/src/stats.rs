//! Counts of a hub.

use crate::{
    BackendError, GapReason, Position,
    state::{State, TopicState},
};

/// Counts over all topics of a hub.
///
/// # Example
/// ```
/// use sse_hub::{Hub, Stats};
///
/// let Stats { subscribers, memory, backend_error, .. } = Hub::new().stats();
/// println!("{subscribers} subscribers, {memory} bytes");
/// if let Some(error) = backend_error {
///     println!("cannot follow the backend: {error}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of topics with events, subscribers, watchers or handles.
    pub topics: usize,
    /// The number of subscriptions, including those that have not been polled yet.
    pub subscribers: usize,
    /// The number of events that this hub has published. Events that a backend had before, or that
    /// other nodes publish, do not count.
    pub published: u64,
    /// The number of events that are kept.
    pub events: usize,
    /// The bytes of encoded events that are kept.
    pub log_bytes: usize,
    /// The memory of events, their indices and topics together, in bytes, which
    /// [`HubBuilder::max_bytes`](crate::HubBuilder::max_bytes) limits.
    pub memory: usize,
    /// The bytes of evicted events that connections are still sending: at most 128 KiB and one event for each
    /// connection. Events under 1 KiB that were read one by one do not count.
    pub pinned_bytes: usize,
    /// The position of the newest event.
    pub position: Position,
    /// The number of gaps that were reported, for each reason that has occurred.
    pub gaps: Vec<(GapReason, u64)>,
    /// The reason why the backend cannot be followed at the moment, if it cannot.
    pub backend_error: Option<BackendError>,
}

/// Counts of one topic.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, TopicStats};
///
/// let TopicStats { subscribers, events, .. } = Hub::new().topic("room")?.stats();
/// assert_eq!((subscribers, events), (0, 0));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicStats {
    /// The number of its subscribers.
    pub subscribers: usize,
    /// The number of events that are kept.
    pub events: usize,
    /// The bytes of encoded events that are kept.
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
            events: state.events(),
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
