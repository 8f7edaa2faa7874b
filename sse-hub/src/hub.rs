//! The hub: publish once, to any number of subscribers.

use std::{sync::Arc, time::Instant};

use sse_core::{Event, EventId, LastEventId};

use crate::{
    Background, IntoTopic, IntoTopics, Position, PublishError, Stats, SubscribeError, Subscription,
    TopicName, TopicStats, inner::Inner, metrics::Timer, shared::Waiters, state::State,
};

/// Publishes each event once, to any number of subscribers.
///
/// A clone is another handle to the same hub. A publish appends to a log and wakes the waiting subscribers, on any
/// async runtime. One future, the [`background`](Self::background), does all work between calls; every server
/// should spawn it.
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
    /// Publishes an event; returns its ID once the log has it.
    ///
    /// The event is encoded once, whatever the number of subscribers, and never waits for any of them.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let id = hub.publish("orders", Event::data("42").event("created")).await?;
    /// println!("published as {id}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; unless it is [`PublishError::Backend`], nothing was published.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have published the event. Without one, the first poll publishes it.
    pub async fn publish(
        &self,
        topic: impl IntoTopic,
        event: Event,
    ) -> Result<EventId, PublishError> {
        let Some(backend) = &self.0.backend else { return self.publish_now(topic, event) };
        let topic = valid(topic)?;
        self.0.append(&**backend, &topic, event).await
    }

    /// Publishes an event at once, to a hub in memory; returns its ID.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// hub.publish_now("prices", Event::data("42"))?; // without `await`
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; nothing was published then.
    pub fn publish_now(
        &self,
        topic: impl IntoTopic,
        event: Event,
    ) -> Result<EventId, PublishError> {
        let topic = valid(topic)?;
        let now = Instant::now();
        self.0.publish(event, false, |state, waiters| {
            state.open_topic(&topic, now, &mut waiters.work)
        })
    }

    /// Ends a topic, optionally with a last event; returns the ID of its end.
    ///
    /// Every subscriber receives the topic's events up to the last; its stream ends once all of its topics have ended.
    /// A client that then reconnects [receives 204](Self::subscribe_from). Later publishes to the topic are refused
    /// with [`PublishError::Ended`], on every node of a backend: the log's order decides.
    ///
    /// The end is remembered for some time, [an hour](crate::HubBuilder::remember_ends) by default, whatever the
    /// retention. Then the topic may begin again.
    ///
    /// Pass the last event here instead of publishing it before: then nothing can come between it and the end, and a
    /// client that has it has everything. A topic that ends without one ends after its last event. A node that starts
    /// after the log has evicted the end does not know where that event was: there, a client that has everything receives
    /// a `gap` event and the end of the stream, and 204 at its next request.
    ///
    /// With a backend, it resolves once this hub's own tail has delivered the end, so it needs the
    /// [`background`](Self::background).
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::{Hub, PublishError};
    ///
    /// let hub = Hub::new();
    /// hub.publish("run 7", Event::data("working")).await?;
    /// hub.end("run 7", Event::data("done")).await?; // or `hub.end("run 8", None)`
    /// assert_eq!(hub.publish("run 7", Event::data("more")).await, Err(PublishError::Ended));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; it is [`Ended`](PublishError::Ended) if the topic had ended already, and
    /// [`Background`](PublishError::Background) if there is no background future. Unless it is
    /// [`Backend`](PublishError::Backend), this call has not ended the topic.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have ended the topic. Without one, the first poll ends it.
    pub async fn end(
        &self,
        topic: impl IntoTopic,
        last: impl Into<Option<Event>>,
    ) -> Result<EventId, PublishError> {
        let topic = valid(topic)?;
        self.0.end(&topic, last.into()).await
    }

    /// Ends a topic at once, in a hub in memory: see [`end`](Self::end).
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// hub.end_now("run 7", Event::data("done"))?;
    /// hub.end_now("run 8", None)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError`]; this call has not ended the topic then.
    pub fn end_now(
        &self,
        topic: impl IntoTopic,
        last: impl Into<Option<Event>>,
    ) -> Result<EventId, PublishError> {
        let topic = valid(topic)?;
        self.0.end_now(&topic, last.into())
    }

    /// Evicts a topic's events up to a position from this hub's memory, whatever its retention.
    ///
    /// Use it when a later event replaces all earlier ones. A client that resumes from before the position, or is
    /// still behind it, receives a `gap` event. A backend is not trimmed, so another node, or this one after a
    /// restart, still has the events.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// hub.publish_now("cart", Event::data("one item"))?;
    /// hub.trim("cart", hub.position());
    /// hub.publish_now("cart", Event::data("empty"))?;
    /// assert_eq!(hub.topic_stats("cart").map(|topic| topic.events), Some(1));
    /// # Ok(()) }
    /// ```
    pub fn trim(&self, topic: impl AsRef<str>, up_to: Position) {
        let trim = |state: &mut State, waiters: &mut Waiters| {
            state.trim(topic.as_ref(), up_to, &mut waiters.work)
        };
        while self.0.change(trim) {}
    }

    /// Begins a subscription to one or many topics: see [`Subscription`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let subscription = hub.subscribe(["orders", "prices"])?; // give it to an adapter's `Sse`
    /// # drop(subscription);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SubscribeError`], which has the [status](SubscribeError::status) to answer with.
    pub fn subscribe(&self, topics: impl IntoTopics) -> Result<Subscription, SubscribeError> {
        self.subscribe_from(topics, LastEventId::default())
    }

    /// Begins a subscription that resumes after the client's last event. If no event can follow it, because all topics
    /// have ended, the error is [`SubscribeError::Ended`], whose status 204 keeps an EventSource from reconnecting.
    ///
    /// A client that sent no ID begins at [`Subscription::start`]. If its ID cannot be resumed, the stream begins with
    /// a `gap` event.
    ///
    /// A node that has not yet read the end of a topic begins the subscription, and ends it once it has.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::{Event, LastEventId};
    /// use sse_hub::{Hub, SubscribeError, Subscription};
    ///
    /// fn events(hub: &Hub, last: LastEventId) -> Result<Subscription, SubscribeError> {
    ///     hub.subscribe_from("run 7", last)
    /// }
    ///
    /// let hub = Hub::new();
    /// let last = hub.end_now("run 7", Event::data("done"))?;
    /// let ended = events(&hub, last.into()).expect_err("the client has everything");
    /// assert_eq!(ended.status(), 204);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SubscribeError`], which has the [status](SubscribeError::status) to answer with.
    pub fn subscribe_from(
        &self,
        topics: impl IntoTopics,
        last_event_id: impl Into<LastEventId>,
    ) -> Result<Subscription, SubscribeError> {
        let topics = topics.into_topics().map_err(SubscribeError::Topic);
        Subscription::to(&self.0, topics, last_event_id.into())
    }

    /// Returns the future that does the hub's work between calls; spawn it once. It follows the backend, wakes large
    /// audiences, and evicts old events. See [`Background`].
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// tokio::spawn(hub.background());
    /// # }
    /// ```
    pub fn background(&self) -> Background {
        Background::new(&self.0)
    }

    /// Returns the position of the newest event.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::{Hub, Position};
    ///
    /// let hub = Hub::new();
    /// assert_eq!(hub.position(), Position::START);
    /// hub.publish_now("orders", Event::data("42"))?;
    /// assert!(hub.position() > Position::START);
    /// # Ok(()) }
    /// ```
    pub fn position(&self) -> Position {
        self.0.shared.look(State::head)
    }

    /// Sets the current time: evicts events that are older than their retention, and topics without events and
    /// subscribers.
    ///
    /// The [`background`](Self::background) calls it on a Tokio runtime. On another runtime, call it every few seconds
    /// if you set [`Retention::age`](crate::Retention::age).
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::{Duration, Instant};
    ///
    /// use sse_core::Event;
    /// use sse_hub::{Hub, Retention};
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let hub = Hub::builder().retention(Retention::default().age(hour)).build();
    /// hub.publish_now("orders", Event::data("42"))?;
    /// hub.tick(Instant::now() + 2 * hour);
    /// assert_eq!(hub.topic_stats("orders"), None);
    /// # Ok(()) }
    /// ```
    pub fn tick(&self, now: Instant) {
        self.0.tick(now);
    }

    /// Refuses new events, and ends each subscription once it has delivered those already published.
    ///
    /// With a backend, that includes events that were acknowledged to this hub but have not yet arrived through the
    /// tail, unless the backend is unreachable.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::{Hub, PublishError};
    ///
    /// let hub = Hub::new();
    /// let subscription = hub.subscribe("orders")?;
    /// hub.drain();
    /// assert_eq!(hub.publish_now("orders", Event::data("42")), Err(PublishError::Drained));
    /// assert_eq!(subscription.opening(None).next().await, None);
    /// # Ok(()) }
    /// ```
    pub fn drain(&self) {
        let now = Instant::now();
        self.0.change(|state, _| state.drain(now));
    }

    /// Returns counts over all topics.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Hub;
    ///
    /// let stats = Hub::new().stats();
    /// println!("{} subscribers, {} bytes of events", stats.subscribers, stats.log_bytes);
    /// ```
    pub fn stats(&self) -> Stats {
        self.0.shared.look(Stats::of)
    }

    /// Returns counts of one topic; `None` if it has neither events, subscribers, watchers nor handles.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// hub.publish_now("orders", Event::data("42"))?;
    /// assert_eq!(hub.topic_stats("orders").map(|topic| topic.events), Some(1));
    /// assert_eq!(hub.topic_stats("prices"), None);
    /// # Ok(()) }
    /// ```
    pub fn topic_stats(&self, topic: impl AsRef<str>) -> Option<TopicStats> {
        self.0.shared.look(|state| state.find(topic.as_ref()).map(TopicStats::of))
    }
}

/// Checks the topic of a publish.
fn valid(topic: impl IntoTopic) -> Result<TopicName, PublishError> {
    let valid = topic.into_topic().map_err(PublishError::Topic);
    if valid.is_err() {
        Timer::begin().published(&valid);
    }
    valid
}
