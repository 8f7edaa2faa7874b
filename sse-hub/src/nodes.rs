//! Entries by which the nodes of a backend agree, and batches of events.

use bytes::Bytes;
use sse_core::{Event, EventId};

use crate::{
    BackendError, Hub, IntoTopic, PublishError,
    backend::{Control, Noted, control_topic},
    state::State,
};

impl Hub {
    /// Publishes events of one topic together, in order; returns the ID of the last one.
    ///
    /// A backend stores them in one round trip or commit, if it can. Unlike [`publish`](Self::publish), the call
    /// resolves once this hub's own tail has delivered the events, so it needs the [`background`](Self::background).
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let last = hub.publish_batch("orders", vec![Event::data("1"), Event::data("2")]).await?;
    /// println!("the second is {last}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; it is [`NoData`](PublishError::NoData) if there are no events. With a backend, nothing was
    /// published unless it is [`Backend`](PublishError::Backend). Without one, the events before the first that fails were
    /// published.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have published the events. Without one, the first poll publishes them.
    pub async fn publish_batch(
        &self,
        topic: impl IntoTopic,
        events: Vec<Event>,
    ) -> Result<EventId, PublishError> {
        let topic = topic.into_topic().map_err(PublishError::Topic)?;
        self.0.publish_batch(&topic, events).await
    }

    /// Appends a note, which describes its topic: see [`Control::Note`]. Subscribers do not receive it.
    ///
    /// Resolves once this hub's own tail has delivered it. Does nothing without a backend.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, MemoryBackend};
    ///
    /// let hub = Hub::builder().open(MemoryBackend::new(1_000)).await?;
    /// tokio::spawn(hub.background());
    /// hub.note("run 7", "belongs to user 7".into()).await?;
    /// assert_eq!(hub.notes().await?[0].note, "belongs to user 7");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; nothing was appended unless it is [`Backend`](PublishError::Backend).
    ///
    /// # Cancel safety
    /// A dropped call may have appended the note.
    pub async fn note(&self, topic: impl IntoTopic, note: Bytes) -> Result<(), PublishError> {
        let topic = topic.into_topic().map_err(PublishError::Topic)?;
        let Some(backend) = &self.0.backend else { return Ok(()) };
        self.0.append_control(&**backend, &topic, Control::Note { note }).await.map(drop)
    }

    /// Appends a message to the other nodes, which their [observers](crate::backend::Observer) see. Subscribers do not
    /// receive it, and the log does not count it among the events that it keeps.
    ///
    /// Resolves once this hub's own tail has delivered it, and so every entry that was in the log before. Does nothing
    /// without a backend.
    ///
    /// # Example
    /// See [`Observer`](crate::backend::Observer).
    ///
    /// # Errors
    /// [`PublishError`]; nothing was appended unless it is [`Backend`](PublishError::Backend).
    ///
    /// # Cancel safety
    /// A dropped call may have appended the message.
    pub async fn signal(&self, body: Bytes) -> Result<(), PublishError> {
        let Some(backend) = &self.0.backend else { return Ok(()) };
        let signal = Control::Signal { body };
        self.0.append_control(&**backend, &control_topic(), signal).await.map(drop)
    }

    /// Returns the notes that the backend's log remembers, in its order.
    ///
    /// # Example
    /// See [`note`](Self::note).
    ///
    /// # Errors
    /// [`BackendError`] if the log cannot be read.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn notes(&self) -> Result<Vec<Noted>, BackendError> {
        match &self.0.backend {
            Some(backend) => backend.notes().await,
            None => Ok(Vec::new()),
        }
    }

    /// Returns whether the hub has a backend, and whether other processes append to its log as well.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Hub::new().is_shared(), None);
    /// ```
    pub fn is_shared(&self) -> Option<bool> {
        self.0.backend.as_ref().map(|_| self.0.shared.look(State::is_shared))
    }
}
