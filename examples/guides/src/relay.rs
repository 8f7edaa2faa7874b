//! The events of another server, decoded and filtered.

use sse_client::{Client, ClientError};
use sse_core::{Event, EventId, LastEventId};
use tokio_stream::{Stream, StreamExt};

/// Where the events come from. The operator sets it, never a visitor, who could otherwise make this
/// server read what only it can reach.
#[derive(Clone)]
pub struct Upstream(pub String);

pub type Failure = ClientError;

impl Upstream {
    /// Returns the events after the last one that the browser has seen, filtered.
    ///
    /// If the upstream ends, fails or cannot be reached, the stream ends after a whole event. The
    /// response is 200 even then: with another status, the browser would never reconnect. So it
    /// reconnects, sends its last event ID, and gets what follows.
    ///
    /// Each browser has its own connection to the upstream. To share one, publish the events to a hub.
    pub fn events(&self, last: &LastEventId) -> impl Stream<Item = Result<Event, Failure>> + use<> {
        // The browser reconnects, and its page shows the trouble.
        let mut client = Client::get(&self.0).reconnect(false);
        if let Some(id) = last.clone().into_id() {
            client = client.last_event_id(id);
        }
        client.events().filter(|event| event.as_ref().map_or(true, is_even))
    }
}

fn is_even(event: &Event) -> bool {
    let even = |id: &EventId| id.parse().is_ok_and(|id: u64| id.is_multiple_of(2));
    event.id.as_ref().is_some_and(even)
}
