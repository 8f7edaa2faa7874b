//! The events of a stream.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use sse_core::Event;

use crate::{ClientError, Update, driver::Driver};

/// The events of a stream, across all its connections. [`Client::events`](crate::Client::events) makes one.
///
/// It sends the first request when it is polled, and reconnects only while it is polled. It ends after a 204,
/// after an error, and after the response to a POST. Dropping it closes the connection.
///
/// Only the errors [`TooLong`](ClientError::TooLong) and `Typed` do not end it: the loss of one event should be
/// neither silent nor final.
///
/// # Cancel safety
/// Cancel safe: dropping the future of `next` loses nothing.
///
/// # Example
#[cfg_attr(feature = "reqwest", doc = "```no_run")]
#[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
/// use futures_util::StreamExt;
/// use sse_client::Client;
///
/// # async fn run() -> Result<(), sse_client::ClientError> {
/// let mut events = Client::get("http://127.0.0.1:3000/events").events();
/// if let Some(event) = events.next().await {
///     println!("{:?}; the last event ID is {}", event?.data, events.last_event_id());
/// }
/// # Ok(()) }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    driver: Driver,
}

impl Events {
    pub(crate) fn new(driver: Driver) -> Self {
        Self { driver }
    }

    /// Returns the last event ID as of the last item taken, or an empty text. Store it to continue after a
    /// restart of your program, with [`Client::last_event_id`](crate::Client::last_event_id).
    pub fn last_event_id(&self) -> &str {
        self.driver.last_event_id()
    }
}

impl Stream for Events {
    type Item = Result<Event, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match ready!(self.driver.poll_update(cx)) {
                Some(Ok(Update::Event(event))) => Some(Ok(event)),
                Some(Ok(Update::TooLong(error))) => Some(Err(ClientError::TooLong(error))),
                Some(Ok(_)) => continue,
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
