//! The events of another server, decoded and filtered.

use std::{error::Error, time::Duration};

use async_stream::try_stream;
use reqwest::{Client, Url, header::ACCEPT};
use sse_core::{DecodeStream, Event, EventId, LastEventId};
use tokio_stream::Stream;

/// Where the events come from. The operator sets it, never a visitor, who could otherwise make this
/// server read what only it can reach.
#[derive(Clone)]
pub struct Upstream {
    client: Client,
    url: Url,
}

pub type Failure = Box<dyn Error + Send + Sync>;

impl Upstream {
    pub fn new(url: &str) -> Result<Self, Failure> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            // A server that crashed does not end its response; a live one sends a comment now and then.
            .read_timeout(Duration::from_secs(60));
        Ok(Self { client: client.build()?, url: url.parse()? })
    }

    /// Returns the events after the last one that the browser has seen, filtered.
    ///
    /// If the upstream ends, fails or cannot be reached, the stream ends after a whole event. The
    /// response is 200 even then: with another status, the browser would never reconnect. So it
    /// reconnects, sends its last event ID, and gets what follows.
    ///
    /// Each browser has its own connection to the upstream. To share one, publish the events to a hub.
    pub fn events(&self, last: &LastEventId) -> impl Stream<Item = Result<Event, Failure>> + use<> {
        let mut request = self.client.get(self.url.clone()).header(ACCEPT, "text/event-stream");
        if let Some(id) = last.as_str() {
            request = request.header("last-event-id", id);
        }
        try_stream! {
            let response = request.send().await?.error_for_status()?;
            // Decoded instead of copied byte by byte, so that a truncated event is not passed on.
            for await item in DecodeStream::new(response.bytes_stream()) {
                if let Some(event) = item?.into_event().filter(is_even) {
                    yield event;
                }
            }
        }
    }
}

fn is_even(event: &Event) -> bool {
    let even = |id: &EventId| id.parse().is_ok_and(|id: u64| id.is_multiple_of(2));
    event.id.as_ref().is_some_and(even)
}
