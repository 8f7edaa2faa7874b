//! A handle to one topic.

use std::{sync::Arc, time::Instant};

use sse_core::{Event, EventId, LastEventId};

#[cfg(feature = "tokio")]
use crate::SubscriberCount;
use crate::{
    Hub, IntoTopic, PublishError, SubscribeError, Subscription, TopicName, TopicStats, inner::Inner,
};

/// A handle to one topic. It does what the [`Hub`] does for a topic, without looking it up each time, and keeps the
/// topic while the handle exists.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// let prices = hub.topic("prices")?;
/// let subscription = prices.subscribe()?;
/// prices.publish(Event::data("42")).await?; // with any backend
/// prices.publish_now(Event::data("43"))?; // in memory
/// assert_eq!(prices.stats().events, 2);
/// # drop(subscription);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Topic {
    inner: Arc<Inner>,
    key: usize,
    name: TopicName,
}

impl Hub {
    /// Returns a handle to one topic, and creates the topic if it does not exist.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let prices = Hub::new().topic("prices")?;
    /// prices.publish_now(Event::data("42"))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError::Topic`] or [`PublishError::TooManyTopics`].
    pub fn topic(&self, name: impl IntoTopic) -> Result<Topic, PublishError> {
        let (inner, name) = (Arc::clone(&self.0), name.into_topic().map_err(PublishError::Topic)?);
        let key = inner.hold(&name).map_err(|limit| PublishError::TooManyTopics { limit })?;
        Ok(Topic { inner, key, name })
    }
}

impl Topic {
    /// Publishes an event; returns its ID once the log has it: see [`Hub::publish`].
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let prices = Hub::new().topic("prices")?;
    /// let id = prices.publish(Event::data("42")).await?;
    /// println!("published as {id}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; unless it is [`PublishError::Backend`], nothing was published.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have published the event. Without one, the first poll publishes it.
    pub async fn publish(&self, event: Event) -> Result<EventId, PublishError> {
        match &self.inner.backend {
            Some(backend) => self.inner.append(&**backend, &self.name, event).await,
            None => self.publish_now(event),
        }
    }

    /// Publishes an event at once, to a hub in memory: see [`Hub::publish_now`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let prices = Hub::new().topic("prices")?;
    /// prices.publish_now(Event::data("42"))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; nothing was published then.
    pub fn publish_now(&self, event: Event) -> Result<EventId, PublishError> {
        let now = Instant::now();
        self.inner.publish(event, false, |state, _| {
            state.check_open_at(self.key, now)?;
            Ok(self.key)
        })
    }

    /// Ends the topic, optionally with a last event: see [`Hub::end`].
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let run = Hub::new().topic("run 7")?;
    /// run.end(Event::data("done")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; unless it is [`Backend`](PublishError::Backend), this call has not ended the topic.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have ended the topic. Without one, the first poll ends it.
    pub async fn end(&self, last: impl Into<Option<Event>>) -> Result<EventId, PublishError> {
        self.inner.end(&self.name, last.into()).await
    }

    /// Ends the topic at once, in a hub in memory: see [`Hub::end`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let run = Hub::new().topic("run 7")?;
    /// run.end_now(Event::data("done"))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; this call has not ended the topic then.
    pub fn end_now(&self, last: impl Into<Option<Event>>) -> Result<EventId, PublishError> {
        self.inner.end_now(&self.name, last.into())
    }

    /// Begins a subscription to this topic: see [`Subscription`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let prices = Hub::new().topic("prices")?;
    /// let subscription = prices.subscribe()?; // give it to an adapter's `Sse`
    /// # drop(subscription);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SubscribeError`], which has the [status](SubscribeError::status) to answer with.
    pub fn subscribe(&self) -> Result<Subscription, SubscribeError> {
        self.subscribe_from(LastEventId::default())
    }

    /// Begins a subscription that resumes after the client's last event: see [`Hub::subscribe_from`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::LastEventId;
    /// use sse_hub::Hub;
    ///
    /// let last_event_id = LastEventId::default(); // from the request
    /// let prices = Hub::new().topic("prices")?;
    /// let subscription = prices.subscribe_from(last_event_id)?;
    /// # drop(subscription);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SubscribeError`]; it is [`Ended`](SubscribeError::Ended) if the topic has ended with that event.
    pub fn subscribe_from(
        &self,
        last_event_id: impl Into<LastEventId>,
    ) -> Result<Subscription, SubscribeError> {
        Subscription::to(&self.inner, Ok(vec![self.name.clone()]), last_event_id.into())
    }

    /// Watches the number of the topic's subscribers.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let room = Hub::new().topic("room")?;
    /// assert_eq!(room.subscriber_count().next().await, Some(0));
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn subscriber_count(&self) -> SubscriberCount {
        SubscriberCount::of(&self.inner, self.key)
    }

    /// Returns counts of the topic.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let room = Hub::new().topic("room")?;
    /// assert_eq!(room.stats().subscribers, 0);
    /// # Ok(()) }
    /// ```
    pub fn stats(&self) -> TopicStats {
        self.inner.shared.look(|state| TopicStats::of(state.topic_at(self.key)))
    }

    /// Returns the topic's name.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let room = sse_hub::Hub::new().topic("room")?;
    /// assert_eq!(room.name().as_str(), "room");
    /// # Ok(()) }
    /// ```
    pub fn name(&self) -> &TopicName {
        &self.name
    }
}

impl Clone for Topic {
    fn clone(&self) -> Self {
        self.inner.change(|state, waiters| state.hold(self.key, &mut waiters.work));
        Self { inner: Arc::clone(&self.inner), key: self.key, name: self.name.clone() }
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        self.inner.change(|state, waiters| state.release(self.key, &mut waiters.work));
    }
}
