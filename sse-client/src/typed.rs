//! The events of a stream as an enum.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use crate::{ClientError, Events};

/// The events of a stream as an enum. [`Events::typed`] makes one, and has an example.
///
/// An event that does not match is the error [`Typed`](ClientError::Typed), after which the stream continues.
///
/// # Cancel safety
/// Cancel safe: dropping the future of `next` loses nothing.
#[must_use = "streams do nothing unless polled"]
pub struct Typed<T> {
    events: Events,
    value: PhantomData<fn() -> T>,
}

impl Events {
    /// Reads each event as an enum, whose variants are the event types: see `sse_core::Event::parse_typed`.
    ///
    /// Give the enum a variant with `#[serde(other)]` if the server may send other events: otherwise each of
    /// them is an error.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```no_run")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// use futures_util::StreamExt;
    /// use sse_client::Client;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Note {
    ///     Created { id: u64 },
    ///     #[serde(other)]
    ///     Other,
    /// }
    ///
    /// # async fn run() -> Result<(), sse_client::ClientError> {
    /// let mut notes = Client::get("http://127.0.0.1:3000/notes").events().typed::<Note>();
    /// while let Some(note) = notes.next().await {
    ///     if let Note::Created { id } = note? {
    ///         println!("{id}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn typed<T: DeserializeOwned>(self) -> Typed<T> {
        Typed { events: self, value: PhantomData }
    }
}

impl<T> Typed<T> {
    /// Returns the last event ID as of the last item taken, or an empty text.
    pub fn last_event_id(&self) -> &str {
        self.events.last_event_id()
    }
}

impl<T: DeserializeOwned> Stream for Typed<T> {
    type Item = Result<T, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.events).poll_next(cx));
        Poll::Ready(event.map(|event| event?.parse_typed().map_err(ClientError::Typed)))
    }
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("events", &self.events).finish()
    }
}
