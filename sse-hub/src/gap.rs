//! The `gap` event, which reports missed events to a client.

use serde::Serialize;
use sse_core::Event;

use crate::{Epoch, GapReason, Position, TopicName};

/// Events that a subscriber misses.
///
/// The client receives an event `gap` with JSON data, since a page cannot read headers:
/// `{"reason":"trimmed","topics":["orders"],"requested":"..","resumed_at":".."}`.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_hub::{Hub, OnGap, Snapshot};
///
/// let hub = Hub::new();
/// let on_gap = OnGap::snapshot(move |gap: &sse_hub::Gap| {
///     println!("{:?} lost events: {}", gap.topics, gap.reason.as_str());
///     let position = hub.position();
///     async move { Snapshot { position, events: vec![Event::data("state")] } }
/// });
/// # drop(on_gap);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// Why the client misses them.
    pub reason: GapReason,
    /// The topics that have lost, or may have lost, events.
    pub topics: Vec<TopicName>,
    /// The last event ID that the client has, or has sent. The missing events may begin before it, since the kept
    /// events of other topics come first.
    pub requested: String,
    /// The position just before the next delivery.
    pub resumed_at: Position,
    /// The number of missed events, of those topics for which it is known.
    pub(crate) missed: u64,
}

impl Gap {
    /// The event without an ID.
    pub(crate) fn event(&self, epoch: &Epoch) -> Event {
        let resumed_at = epoch.id(self.resumed_at);
        let data = Data {
            reason: self.reason.as_str(),
            topics: self.topics.iter().map(TopicName::as_str).collect(),
            requested: &self.requested,
            resumed_at: &resumed_at,
        };
        Event::json(&data).expect("strings are JSON").event("gap")
    }
}

#[derive(Serialize)]
struct Data<'a> {
    reason: &'static str,
    topics: Vec<&'a str>,
    requested: &'a str,
    resumed_at: &'a str,
}
