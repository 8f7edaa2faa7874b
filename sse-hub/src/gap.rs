//! Loss, told.

use serde::Serialize;
use sse_core::Event;

use crate::{Epoch, Position, TopicName};

/// Why a client cannot have all events after its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// Its last event ID is none of a hub's.
    Malformed,
    /// Its last event ID is of another life of the log, or of another hub.
    Foreign,
    /// Its last event ID is of an event that has not been yet.
    Future,
    /// Retention has let go of events after it.
    Trimmed,
}

impl GapReason {
    /// As it stands in the gap event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Future => "future",
            Self::Trimmed => "trimmed",
        }
    }
}

/// Events that a subscriber will not get.
///
/// Told to the client as an event `gap` with JSON data, since a page cannot read headers:
/// `{"reason":"trimmed","topics":["orders"],"requested":"..","resumed_at":".."}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// The topics that have lost, or may have lost, events.
    pub topics: Vec<TopicName>,
    /// The last event ID that the client has, or has sent. The topics' missing events may begin
    /// before it, since the kept events of others come first.
    pub requested: String,
    /// The position just before the next delivery.
    pub resumed_at: Position,
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
