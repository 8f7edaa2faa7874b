//! All that a client reports.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

#[cfg(feature = "json")]
use crate::Gap;
use crate::{ClientError, Update, driver::Driver};

/// The events of a stream, and the state of its connection. [`Client::updates`](crate::Client::updates)
/// makes one.
///
/// It sends the first request when it is polled. Its last item is [`Update::Stopped`], or an error. It
/// reconnects only while it is polled. Dropping it closes the connection.
///
/// # Cancel safety
/// Cancel safe: dropping the future of `next` loses nothing.
///
/// # Example
#[cfg_attr(feature = "reqwest", doc = "```no_run")]
#[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
/// use futures_util::StreamExt;
/// use sse_client::{Client, Update};
///
/// # async fn run() {
/// let mut updates = Client::get("http://127.0.0.1:3000/events").updates();
/// while let Some(update) = updates.next().await {
///     match update {
///         Ok(Update::Event(event)) => println!("{:?}", event.data),
///         Ok(Update::Lost { cause, .. }) => eprintln!("{cause}"),
///         Ok(_) => {}
///         Err(error) => eprintln!("{error}"), // the last item
///     }
/// }
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Updates {
    driver: Driver,
}

impl Updates {
    pub(crate) fn new(driver: Driver) -> Self {
        Self { driver }
    }

    /// Returns the last event ID as of the last item taken, or an empty text. Store it to continue after a
    /// restart of your program, with [`Client::last_event_id`](crate::Client::last_event_id).
    pub fn last_event_id(&self) -> &str {
        self.driver.last_event_id()
    }
}

impl Stream for Updates {
    type Item = Result<Update, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let update = self.driver.poll_update(cx);
        #[cfg(feature = "json")]
        if let Poll::Ready(Some(Ok(Update::Event(event)))) = &update
            && let Some(gap) = Gap::of(event)
        {
            return Poll::Ready(Some(Ok(Update::Gap(gap))));
        }
        update
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates")
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
