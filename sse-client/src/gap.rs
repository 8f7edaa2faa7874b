//! The `gap` event of a hub.

use serde::Deserialize;
use sse_core::Event;

/// Events that a hub could not send, because it no longer has them.
///
/// A server built on `sse-hub` sends an event `gap` with this as JSON. Load the state of these topics again;
/// the events after the gap follow.
///
/// # Example
/// ```
/// use sse_client::{Event, Gap};
///
/// let data = r#"{"reason":"trimmed","topics":["orders"],"requested":"a.1","resumed_at":"a.9"}"#;
/// let gap = Gap::of(&Event::data(data).event("gap")).expect("a gap");
/// assert_eq!(gap.topics, ["orders"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The reason: for now `trimmed`, `foreign`, `future` or `malformed`.
    pub reason: String,
    /// The topics that have lost, or may have lost, events.
    pub topics: Vec<String>,
    /// The last event ID that this client has, or has sent.
    pub requested: String,
    /// The ID just before the next event.
    pub resumed_at: String,
}

impl Gap {
    /// Reads the gap event of a hub. Another event is `None`, even if its type is `gap`.
    ///
    /// Use it with [`Events`](crate::Events), which yields a gap as an event.
    /// [`Updates`](crate::Updates) calls it.
    pub fn of(event: &Event) -> Option<Self> {
        if event.event.as_deref() != Some("gap") {
            return None;
        }
        event.parse_json().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hubs_gap_event_is_a_gap() {
        let data = r#"{"reason":"foreign","topics":[],"requested":"","resumed_at":"b.2","new":1}"#;
        assert!(Gap::of(&Event::data(data).event("gap")).is_some());
        for other in [
            Event::data(data),
            Event::data(data).event("gaps"),
            Event::data("{}").event("gap"),
            Event::data("mind the gap").event("gap"),
            Event::new().event("gap"),
        ] {
            assert_eq!(Gap::of(&other), None, "{other:?}");
        }
    }
}
