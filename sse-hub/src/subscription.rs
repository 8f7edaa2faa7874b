//! A subscriber's events, as a stream.

mod phase;
mod poll;
#[cfg(feature = "inspector")]
mod probed;

use std::{fmt, mem, sync::Arc, time::Instant};

use sse_core::{EventName, LastEventId};

use self::phase::{New, Phase};
use crate::{
    Delivery, OnGap, Principal, Start, SubscribeError, SubscriptionHandle, TopicName,
    inner::Inner,
    limits::Limits,
    metrics::{self, Delivered},
    sending::Sending,
    state::Full,
    subscription_handle::Ends,
    work::Work,
};

/// A subscriber's events, as a stream to give to an adapter's `Sse`.
///
/// It is a cursor into the hub's log, so replay and live delivery are the same. It holds no queue, so a slow reader
/// costs no memory. Set it up before its first poll, at which it joins its topics.
///
/// The first event is `subscribed`. Its data, `{"resumed":true}` or `{"resumed":false}`, says whether the client's last
/// event ID was accepted. Its ID lets a client that disconnects before the next event resume without loss.
/// [`opening`](Self::opening) renames the event or turns it off. If the client's ID cannot be resumed, a `gap` event
/// comes instead.
///
/// Each item holds the pending events, up to 32 KiB, and is copied only if they are not contiguous. The stream ends
/// when all topics have [ended](crate::Hub::end), or the hub has drained.
///
/// # Example
/// ```
/// # use futures_util::StreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::{Event, LastEventId};
/// use sse_hub::{Hub, Start};
///
/// let hub = Hub::new();
/// hub.publish_now("orders", Event::data("1"))?;
///
/// let last_event_id = LastEventId::default(); // from the request
/// let mut events = hub.subscribe("orders")?.resume(last_event_id).start(Start::Earliest);
/// let frame = events.next().await.expect("the hub has not drained");
/// assert!(frame.as_bytes().ends_with(b"data: 1\n\n"));
/// # Ok(()) }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Subscription {
    inner: Arc<Inner>,
    on_gap: OnGap,
    delivery: Delivery,
    phase: Phase,
    sending: Sending,
    delivered: Delivered,
    /// Present if there are handles that may end it.
    ends: Option<Box<Ends>>,
    /// Present if it belongs to a principal.
    registration: Option<usize>,
    /// Present if there is an inspector.
    #[cfg(feature = "inspector")]
    probe: Option<Arc<crate::probe::Probe>>,
}

impl Subscription {
    /// Begins a subscription to topics, which are sorted and without duplicates.
    pub(crate) fn to(
        inner: &Arc<Inner>,
        topics: Result<Vec<TopicName>, SubscribeError>,
        last_event_id: LastEventId,
    ) -> Result<Self, SubscribeError> {
        topics
            .and_then(|topics| Self::admitted(inner, topics, last_event_id))
            .inspect_err(metrics::refused)
    }

    fn admitted(
        inner: &Arc<Inner>,
        topics: Vec<TopicName>,
        last_event_id: LastEventId,
    ) -> Result<Self, SubscribeError> {
        if topics.is_empty() {
            return Err(SubscribeError::NoTopics);
        }
        let Limits { topics_per_subscriber, subscribers, topics: limit, .. } = inner.limits;
        if topics.len() > topics_per_subscriber {
            return Err(SubscribeError::TooManyTopics { limit: topics_per_subscriber });
        }
        if let Some(id) = last_event_id.as_str() {
            let mut chunks = topics.chunks(AT_ONCE);
            if chunks.all(|names| inner.shared.look(|state| state.has_all(names, id))) {
                return Err(SubscribeError::Ended);
            }
        }
        let now = Instant::now();
        inner.change(|state, _| state.admit(subscribers, now))?;
        // From here on, dropping it releases the reservation.
        let mut subscription = Self::new(Arc::clone(inner));
        if let Phase::New(new) = &mut subscription.phase {
            for names in topics.chunks(AT_ONCE) {
                let reserved =
                    inner.change(|state, waiters| state.reserve(names, &mut waiters.work));
                new.reserved += reserved.map_err(|Full| SubscribeError::HubFull { limit })?;
            }
            new.topics = topics;
            new.last_event_id = last_event_id;
        }
        #[cfg(feature = "inspector")]
        subscription.begin_probe();
        Ok(subscription)
    }

    fn new(inner: Arc<Inner>) -> Self {
        let new = New {
            topics: Vec::new(),
            reserved: 0,
            last_event_id: LastEventId::default(),
            start: Start::default(),
            starts: Vec::new(),
            opening: Some(EventName::from_static("subscribed")),
        };
        Self {
            inner,
            on_gap: OnGap::default(),
            delivery: Delivery::default(),
            phase: Phase::New(Box::new(new)),
            sending: Sending::default(),
            delivered: Delivered::default(),
            ends: None,
            registration: None,
            #[cfg(feature = "inspector")]
            probe: None,
        }
    }

    /// Resumes after the client's last event. A client that sent no ID begins at [`start`](Self::start).
    ///
    /// If topics [end](crate::Hub::end), use [`Hub::subscribe_from`](crate::Hub::subscribe_from), which answers 204 to
    /// a client that has everything, so that it does not reconnect.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::LastEventId;
    /// use sse_hub::Hub;
    ///
    /// let last_event_id = LastEventId::default(); // from the request
    /// let orders = Hub::new().subscribe("orders")?.resume(last_event_id);
    /// # drop(orders);
    /// # Ok(()) }
    /// ```
    pub fn resume(mut self, last_event_id: impl Into<LastEventId>) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.last_event_id = last_event_id.into();
        }
        self
    }

    /// Sets where a client without a last event ID begins. Default: [`Start::Live`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, Start};
    ///
    /// let orders = Hub::new().subscribe("orders")?.start(Start::Earliest);
    /// # drop(orders);
    /// # Ok(()) }
    /// ```
    pub fn start(mut self, start: Start) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.start = start;
        }
        self
    }

    /// Sets where one of the topics begins for a client without a last event ID, if not at [`start`](Self::start).
    /// Does nothing if the subscription does not have this topic.
    ///
    /// The older events of such topics form a backlog, in the order in which they were published. A client can only
    /// resume after all of it: the opening event and the events of the backlog have no IDs, except for the last one. A
    /// client that disconnects within the backlog receives all of it again, so keep it small.
    ///
    /// # Example
    /// A client receives the newest price, and then everything that is published.
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::{Hub, Start};
    ///
    /// let hub = Hub::new();
    /// hub.publish("prices", Event::data("99")).await?;
    /// hub.publish("prices", Event::data("100")).await?;
    /// hub.publish("chat", Event::data("hello")).await?;
    ///
    /// let mut events = hub.subscribe(["prices", "chat"])?.start_of("prices", Start::Last(1));
    /// let frame = events.next().await.expect("the hub has not drained");
    /// assert!(frame.as_bytes().ends_with(b"\ndata: 100\n\n"));
    /// # Ok(()) }
    /// ```
    pub fn start_of(mut self, topic: &str, start: Start) -> Self {
        if let Phase::New(new) = &mut self.phase
            && let Ok(at) = new.topics.binary_search_by(|name| (**name).cmp(topic))
        {
            new.starts.resize(new.topics.len(), None);
            new.starts[at] = Some(start);
        }
        self
    }

    /// Sets the name of the event that the stream begins with; `None` sends no such event. Default:
    /// `subscribed`.
    ///
    /// Turn it off for readers that parse every event, such as the clients of model servers. A client that
    /// disconnects before its first event then has no ID to resume from, and begins at [`start`](Self::start) again.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::EventName;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let renamed = hub.subscribe("orders")?.opening(Some(EventName::from_static("hello")));
    /// let without = hub.subscribe("tokens")?.opening(None);
    /// # drop((renamed, without));
    /// # Ok(()) }
    /// ```
    pub fn opening(mut self, name: Option<EventName>) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.opening = name;
        }
        self
    }

    /// Sets what follows the gap event when events are lost. Default: [`OnGap::Oldest`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, OnGap};
    ///
    /// let orders = Hub::new().subscribe("orders")?.on_gap(OnGap::Close);
    /// # drop(orders);
    /// # Ok(()) }
    /// ```
    pub fn on_gap(mut self, on_gap: OnGap) -> Self {
        self.on_gap = on_gap;
        self
    }

    /// Sets which events are delivered. Default: [`Delivery::All`].
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Delivery, Hub};
    ///
    /// let prices = Hub::new().subscribe("prices")?.delivery(Delivery::Latest);
    /// # drop(prices);
    /// # Ok(()) }
    /// ```
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Assigns the subscription to a principal, so that [`Hub::revoke`](crate::Hub::revoke) ends it. Default: it
    /// belongs to no principal. A later call replaces the principal.
    ///
    /// Check the session after this call, and not only before: the check refuses a session that ended before it, and a
    /// revocation ends the subscription of one that ends later. Each principal takes its text and about 350 bytes of
    /// [`max_bytes`](crate::HubBuilder::max_bytes) while it has subscriptions.
    ///
    /// If the hub loses entries of its backend's log, or stops following it, it may miss a revocation. It then ends all
    /// subscriptions that have a principal; the clients reconnect, and are authorised again.
    ///
    /// # Example
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use sse_core::Refusal;
    /// use sse_hub::{Hub, Principal, Subscription};
    ///
    /// fn events(hub: &Hub, sessions: &HashMap<String, String>, id: &str) -> Result<Subscription, Refusal> {
    ///     let principal = Principal::new(id.to_owned()).map_err(|_| (401, "log in"))?;
    ///     let events = hub.subscribe("orders")?.principal(&principal);
    ///     if !sessions.contains_key(id) {
    ///         Err((401, "log in"))?;
    ///     }
    ///     Ok(events)
    /// }
    /// # assert!(events(&Hub::new(), &HashMap::new(), "7").is_err());
    /// ```
    pub fn principal(mut self, principal: &Principal) -> Self {
        self.unregister();
        let slot = self.phase.slot();
        self.registration = Some(self.inner.change(|state, waiters| {
            let registration = state.register(principal, &mut waiters.work);
            slot.iter().for_each(|slot| state.enter(registration, *slot));
            registration
        }));
        self
    }

    /// Returns a handle that ends this subscription from outside.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let mut events = hub.subscribe("orders")?;
    /// let handle = events.handle();
    /// handle.end();
    /// assert!(events.next().await.is_none());
    /// # Ok(()) }
    /// ```
    pub fn handle(&mut self) -> SubscriptionHandle {
        self.ends.get_or_insert_with(|| Box::new(Ends::new())).handle()
    }

    /// Returns the number of published events that this subscription has yet to deliver; 0 before the first poll.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let mut orders = hub.subscribe("orders")?;
    /// orders.next().await; // the opening event
    /// hub.publish_now("orders", Event::data("42"))?;
    /// assert_eq!(orders.lag(), 1);
    /// # Ok(()) }
    /// ```
    pub fn lag(&self) -> usize {
        const AT_ONCE: usize = 64;
        let reader = match &self.phase {
            Phase::Reading(reader) => reader,
            Phase::Snapshot(waiting) => &waiting.0,
            Phase::New(_) | Phase::Joining(_) | Phase::Done => return 0,
        };
        let cursor = &reader.cursor;
        let lag = |from| self.inner.shared.look(|state| state.lag(cursor, from, AT_ONCE));
        (0..).step_by(AT_ONCE).map_while(lag).sum()
    }

    fn cancel_reservation(&self, topics: usize) {
        self.inner.change(|state, _| state.cancel_reservation(topics));
    }

    fn unregister(&mut self) {
        if let Some(registration) = self.registration.take() {
            let slot = self.phase.slot();
            self.inner.change(|state, waiters| {
                state.unregister(registration, slot, &mut waiters.work);
            });
        }
    }

    fn leave(&mut self) {
        // Before its slot is closed, since a revocation wakes the slot.
        self.unregister();
        match mem::replace(&mut self.phase, Phase::Done) {
            Phase::Reading(reader) => self.inner.leave(reader),
            Phase::Snapshot(waiting) => self.inner.leave(waiting.0),
            Phase::Joining(joining) => {
                self.cancel_reservation(joining.0.reserved);
                self.inner.leave(joining.1);
            }
            Phase::New(new) => self.cancel_reservation(new.reserved),
            Phase::Done => {}
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        #[cfg(feature = "inspector")]
        self.end_probe();
        self.leave();
        self.inner.change(|state, _| state.dismiss());
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// The number of topics for which room is made in one hold of the lock.
const AT_ONCE: usize = Work::STEPS / (Work::TOPIC + Work::SEARCH);
