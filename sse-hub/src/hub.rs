//! Publish once, any number of subscribers.

use std::{sync::Arc, time::Instant};

use sse_core::{Event, EventId};

use crate::{
    Background, IntoTopic, IntoTopics, Position, PublishError, Stats, SubscribeError, Subscription,
    TopicStats,
    inner::Inner,
    state::{Full, State},
};

/// Topics that events are published to once and read from by any number of subscribers.
///
/// Cloning gives another handle to the same hub. A publish appends to a log and wakes the subscribers that
/// wait, on whatever runtime they are polled. Everything between calls is done by one future, the
/// [`background`](Self::background), which every server should spawn.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// let id = hub.publish_now("prices", Event::data("42").event("price"))?;
/// let subscription = hub.subscribe(["prices", "news"])?; // give it to an adapter's `Sse`
/// # drop(subscription);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Hub(pub(crate) Arc<Inner>);

impl Hub {
    /// Publishes an event; returns the ID that it got, once the log has it.
    ///
    /// It is encoded once, however many subscribers there are, and never waits for one of them.
    ///
    /// # Errors
    /// [`PublishError`]; unless it is [`PublishError::Backend`], nothing was published.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have published. Without, it is
    /// [`publish_now`](Self::publish_now).
    pub async fn publish(
        &self,
        topic: impl IntoTopic,
        event: Event,
    ) -> Result<EventId, PublishError> {
        let Some(backend) = &self.0.backend else { return self.publish_now(topic, event) };
        let topic = topic.into_topic().map_err(PublishError::Topic)?;
        self.0.append(&**backend, &topic, event).await
    }

    /// Publishes an event at once, to a hub in memory; returns the ID that it got.
    ///
    /// # Errors
    /// [`PublishError`]; nothing was published then.
    pub fn publish_now(
        &self,
        topic: impl IntoTopic,
        event: Event,
    ) -> Result<EventId, PublishError> {
        let topic = topic.into_topic().map_err(PublishError::Topic)?;
        let limit = self.0.limits.topics;
        self.0.publish(event, |state, waiters| {
            let topic = state.topic(&topic, &mut waiters.work);
            topic.map_err(|Full| PublishError::TooManyTopics { limit })
        })
    }

    /// Begins a subscription to one or many topics: see [`Subscription`].
    ///
    /// # Errors
    /// [`SubscribeError`], which knows the [status](SubscribeError::status) to answer with.
    pub fn subscribe(&self, topics: impl IntoTopics) -> Result<Subscription, SubscribeError> {
        let topics = topics.into_topics().map_err(SubscribeError::Topic)?;
        Subscription::to(&self.0, topics)
    }

    /// Returns a future that does what the hub has to do between calls, to be spawned once: it follows the
    /// backend, wakes large audiences, and evicts what is too old. See [`Background`].
    pub fn background(&self) -> Background {
        Background::new(&self.0)
    }

    /// Returns where the newest event stands.
    pub fn position(&self) -> Position {
        self.0.shared.look(State::head)
    }

    /// Sets the current time: evicts events that are older than their retention, and topics that are left
    /// without events and subscribers.
    ///
    /// The [`background`](Self::background) calls it on a Tokio runtime. On another, call it every few seconds
    /// if you set [`Retention::age`](crate::Retention::age).
    pub fn tick(&self, now: Instant) {
        self.0.tick(now);
    }

    /// Refuses new events, and ends each subscription once it has delivered those already published.
    ///
    /// With a backend, that includes the events that were acknowledged to this hub and are still on
    /// their way back to it, unless the backend is out of reach.
    pub fn drain(&self) {
        let now = Instant::now();
        self.0.change(|state, _| state.drain(now));
    }

    /// Returns counts over all topics.
    pub fn stats(&self) -> Stats {
        self.0.shared.look(Stats::of)
    }

    /// Returns counts of one topic; `None` if it has neither events, subscribers, watchers nor handles.
    pub fn topic_stats(&self, topic: impl AsRef<str>) -> Option<TopicStats> {
        self.0.shared.look(|state| state.find(topic.as_ref()).map(TopicStats::of))
    }
}
