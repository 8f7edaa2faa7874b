//! Publish once, any number of subscribers.

use std::{fmt, panic, sync::Arc, time::Instant};

use sse_core::{Event, EventId};

use crate::{
    Backend, HubBuilder, IntoTopics, Limits, Position, Presence, PublishError, Pump, Stats,
    SubscribeError, Subscription, TopicName, TopicStats,
    backend::Appended,
    large::{LARGE, Large},
    shared::{Shared, Waiters},
    state::{Encoded, Full, State},
    subscription::Reader,
    topic::Topic,
    work::Work,
};

/// Topics that events are published to once and read from by any number of subscribers.
///
/// Cloning gives another handle to the same hub. Nothing here needs a runtime: a publish appends to
/// a log and wakes those who wait, wherever they are polled. Where those are thousands, a
/// [`pump`](Self::pump) does it.
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

pub(crate) struct Inner {
    pub(crate) shared: Shared<State>,
    limits: Limits,
    backend: Option<Box<dyn Backend>>,
}

impl Hub {
    /// Makes a hub in memory with the default limits.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Sets limits and retention.
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }

    pub(crate) fn from_parts(
        state: State,
        limits: Limits,
        backend: Option<Box<dyn Backend>>,
    ) -> Self {
        Self(Arc::new(Inner { shared: Shared::new(state), limits, backend }))
    }

    /// Publishes an event; returns the ID that it got, once the log has it.
    ///
    /// It is encoded once, whoever reads it. Never waits for a subscriber. With a backend, it does
    /// not need the [`Driver`](crate::Driver) either.
    ///
    /// # Errors
    /// [`PublishError`]; unless it is [`PublishError::Backend`], nothing was published.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have published. Without, it is
    /// [`publish_now`](Self::publish_now).
    pub async fn publish(&self, topic: &str, event: Event) -> Result<EventId, PublishError> {
        let Some(backend) = &self.0.backend else { return self.publish_now(topic, event) };
        let topic = TopicName::new(topic).map_err(PublishError::Topic)?;
        self.0.check(&event)?;
        if self.0.shared.look(|state| state.drained) {
            return Err(PublishError::Drained);
        }
        let body = event.encode().into_bytes();
        let appended = backend.append(&topic, body).await.map_err(PublishError::Backend)?;
        let Appended { epoch, position } = appended;
        self.0.change(|state, _| match state.epoch == epoch {
            true => state.acknowledge(position),
            // Of an epoch that the tail has still to report, or that is over: a drain cannot wait.
            false => state.published += 1,
        });
        Ok(epoch.id(position))
    }

    /// Publishes an event at once, to a hub in memory; returns the ID that it got.
    ///
    /// # Errors
    /// [`PublishError`]; nothing was published then.
    pub fn publish_now(&self, topic: &str, event: Event) -> Result<EventId, PublishError> {
        let topic = TopicName::new(topic).map_err(PublishError::Topic)?;
        let limit = self.0.limits.topics;
        self.0.publish(event, |state, waiters| {
            let topic = state.topic(&topic, &mut waiters.work);
            topic.map_err(|Full| PublishError::TooManyTopics { limit })
        })
    }

    /// Returns a handle that publishes to one topic without looking it up, and keeps it.
    ///
    /// # Errors
    /// [`PublishError::Topic`] or [`PublishError::TooManyTopics`].
    pub fn topic(&self, name: &str) -> Result<Topic, PublishError> {
        let name = TopicName::new(name).map_err(PublishError::Topic)?;
        Topic::new(Arc::clone(&self.0), name)
    }

    /// Begins a subscription to one or many topics: see [`Subscription`].
    ///
    /// # Errors
    /// [`SubscribeError`], which knows the [status](SubscribeError::status) to answer with.
    pub fn subscribe(&self, topics: impl IntoTopics) -> Result<Subscription, SubscribeError> {
        let topics = topics.into_topics().map_err(SubscribeError::Topic)?;
        if topics.is_empty() {
            return Err(SubscribeError::NoTopics);
        }
        let Limits { topics_per_subscriber, subscribers, topics: limit, .. } = self.0.limits;
        if topics.len() > topics_per_subscriber {
            return Err(SubscribeError::TooManyTopics { limit: topics_per_subscriber });
        }
        self.0.change(|state, _| {
            if state.drained {
                return Err(SubscribeError::Drained);
            }
            if !state.admit(subscribers) {
                return Err(SubscribeError::TooManySubscribers { limit: subscribers });
            }
            Ok(())
        })?;
        // From here on, its drop takes back what is reserved.
        let mut subscription = Subscription::new(Arc::clone(&self.0));
        for names in topics.chunks(AT_ONCE) {
            let reserved = self.0.change(|state, waiters| state.reserve(names, &mut waiters.work));
            match reserved {
                Ok(reserved) => subscription.reserve(reserved),
                Err(Full) => return Err(SubscribeError::HubFull { limit }),
            }
        }
        subscription.set_topics(topics);
        Ok(subscription)
    }

    /// Watches how many subscribers a topic has.
    ///
    /// # Errors
    /// [`SubscribeError::Topic`] or [`SubscribeError::HubFull`].
    pub fn presence(&self, topic: &str) -> Result<Presence, SubscribeError> {
        let name = TopicName::new(topic).map_err(SubscribeError::Topic)?;
        Presence::new(Arc::clone(&self.0), &name)
    }

    /// Returns a future that wakes many subscribers in the publishers' place: see [`Pump`].
    pub fn pump(&self) -> Pump {
        Pump::new(self)
    }

    /// Returns where the newest event stands.
    pub fn position(&self) -> Position {
        self.0.shared.look(|state| state.head)
    }

    /// Sets the current time: evicts events that are older than their retention, and topics that are left
    /// without events and subscribers. Call it every few seconds.
    pub fn tick(&self, now: Instant) {
        self.0.change(|state, _| state.tick(now));
    }

    /// Refuses new events, and ends each subscription once it has delivered those already published.
    ///
    /// With a backend, that includes the events that were acknowledged to this hub and are still on
    /// their way back to it, unless the backend is out of reach.
    pub fn drain(&self) {
        self.0.change(|state, waiters| state.drain(waiters));
    }

    /// Returns counts over all topics.
    pub fn stats(&self) -> Stats {
        self.0.shared.look(Stats::of)
    }

    /// Returns counts of one topic; `None` if it has neither events, subscribers, watchers nor handles.
    pub fn topic_stats(&self, topic: &str) -> Option<TopicStats> {
        self.0.shared.look(|state| state.find(topic).map(TopicStats::of))
    }
}

impl Inner {
    /// Returns the event's size, encoded without an ID.
    pub(crate) fn check(&self, event: &Event) -> Result<usize, PublishError> {
        if event.id.is_some() {
            return Err(PublishError::HasId);
        }
        if event.data.is_none() {
            return Err(PublishError::NoData);
        }
        let (size, limit) = (event.encoded_len(), self.limits.event_bytes);
        if size > limit { Err(PublishError::TooLarge { size, limit }) } else { Ok(size) }
    }

    /// Publishes an event to the topic that `topic` finds.
    pub(crate) fn publish(
        &self,
        event: Event,
        topic: impl Fn(&mut State, &mut Waiters) -> Result<usize, PublishError>,
    ) -> Result<EventId, PublishError> {
        let size = self.check(&event)?;
        if self.backend.is_some() {
            return Err(PublishError::NotNow);
        }
        if size > LARGE {
            return self.publish_large(&event, topic);
        }
        let (now, mut event) = (Instant::now(), event);
        self.change(|state, waiters| {
            if state.drained {
                return Err(PublishError::Drained);
            }
            let topic = topic(state, waiters)?;
            let position = state.head.next();
            let id = state.epoch.id(position);
            event.id = Some(id.clone());
            let event = Encoded::Now(|out: &mut Vec<u8>| event.encode_into(out));
            state.append(topic, position, now, waiters, event);
            state.published += 1;
            Ok(id)
        })
    }

    /// Encodes the event before it takes the lock.
    fn publish_large(
        &self,
        event: &Event,
        topic: impl Fn(&mut State, &mut Waiters) -> Result<usize, PublishError>,
    ) -> Result<EventId, PublishError> {
        loop {
            let next = self.shared.look(|state| state.epoch.id(state.head.next()));
            // Declared outside the closure, so that what is left of it is dropped without the lock.
            let mut large = Large::new(event.clone(), next);
            let now = Instant::now();
            let published = self.change(|state, waiters| {
                if state.drained {
                    return Err(PublishError::Drained);
                }
                let position = state.head.next();
                let id = state.epoch.id(position);
                // Others have published meanwhile, and the position has a digit more.
                if !large.fits(&id) {
                    return Ok(None);
                }
                let topic = topic(state, waiters)?;
                let event = Encoded::<fn(&mut Vec<u8>)>::Before(large.take_with_id(&id));
                state.append(topic, position, now, waiters, event);
                state.published += 1;
                Ok(Some(id))
            });
            if let Some(id) = published? {
                return Ok(id);
            }
        }
    }

    /// Changes the state, and does what that leaves to do: some steps at a time, between which it releases
    /// the lock.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State, &mut Waiters) -> R) -> R {
        let ((result, mut more), mut panicked) = self.shared.change_and_catch(|state, waiters| {
            let result = change(state, waiters);
            (result, state.work(waiters))
        });
        while more {
            let (goes_on, panic) = self.shared.change_and_catch(State::work);
            (more, panicked) = (goes_on, panicked.or(panic));
        }
        // Only now: those who are still to be woken would sleep on.
        if let Some(panicked) = panicked {
            panic::resume_unwind(panicked);
        }
        result
    }

    /// Keeps a topic until it is released; returns its key.
    pub(crate) fn hold(&self, name: &TopicName) -> Result<usize, usize> {
        self.change(|state, waiters| {
            let key = state.topic(name, &mut waiters.work).map_err(|Full| self.limits.topics)?;
            state.hold(key, &mut waiters.work);
            Ok(key)
        })
    }

    pub(crate) fn leave(&self, Reader { slot, mut cursor }: Reader) {
        while self.change(|state, waiters| state.leave(&mut cursor, waiters)) {}
        self.change(|_, waiters| waiters.close(&slot));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.change(|state, waiters| state.wake_pumps(waiters));
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

/// The number of topics for which room is made in one hold of the lock.
const AT_ONCE: usize = Work::STEPS / (Work::TOPIC + Work::SEARCH);
