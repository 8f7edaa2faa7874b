//! The `gap` event of a hub.

use serde::Deserialize;

/// The events that a hub could not send, as its event `gap` reports them. [`EventReader::gap`](crate::EventReader::gap)
/// reads one.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_test::Gap;
///
/// let data = r#"{"reason":"trimmed","topics":["orders"],"requested":"a.1","resumed_at":"a.9"}"#;
/// let gap: Gap = Event::data(data).event("gap").parse_json()?;
/// assert_eq!(gap.topics, ["orders"]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The reason: for now `trimmed`, `foreign`, `future` or `malformed`.
    pub reason: String,
    /// The topics that have lost, or may have lost, events.
    pub topics: Vec<String>,
    /// The last event ID that the reader has, or has sent.
    pub requested: String,
    /// The ID just before the next event.
    pub resumed_at: String,
}
