//! The application's state at one position of the hub.

use sse_core::Event;

use crate::Position;

/// The application's state at one position of the hub.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_hub::{Hub, Snapshot};
///
/// let hub = Hub::new();
/// let position = hub.position(); // before the state is read
/// let snapshot = Snapshot { events: vec![Event::data("the state").event("state")], position };
/// # drop(snapshot);
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The events to send after the gap event. Their IDs are removed. The last event with data gets the ID to resume
    /// from; if none has data, the gap event gets it.
    pub events: Vec<Event>,
    /// The position that the events reflect: everything up to here and nothing after. The stream continues from it.
    pub position: Position,
}
