//! Builds a hub with limits and a retention.

use std::{
    future::poll_fn,
    mem,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use crate::{
    Backend, BackendError, Epoch, Hub, Retention,
    backend::{Observer, Opened, Page},
    feed::Feed,
    inner::Inner,
    limits::{Limits, REMEMBER_ENDS},
    log::MAX_EVENT_BYTES,
    shared::Waiters,
    state::{Source, State, StateLimits},
};

/// Sets the limits and the retention of a [`Hub`].
///
/// # Example
/// ```
/// use sse_hub::{Hub, Retention};
///
/// let hub = Hub::builder()
///     .retention(Retention::default().events(100))
///     .max_bytes(64 << 20)
///     .max_subscribers(20_000)
///     .build();
/// # drop(hub);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct HubBuilder {
    retention: Retention,
    max_bytes: usize,
    limits: Limits,
    remember_ends: Duration,
    observer: Option<Arc<dyn Observer>>,
}

impl Hub {
    /// Returns a hub in memory with the default limits.
    ///
    /// # Example
    /// ```
    /// let hub = sse_hub::Hub::new();
    /// # drop(hub);
    /// ```
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, which sets limits and the retention.
    ///
    /// # Example
    /// ```
    /// let hub = sse_hub::Hub::builder().max_subscribers(20_000).build();
    /// # drop(hub);
    /// ```
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl HubBuilder {
    /// Sets how much of each topic is kept. Default: 1,000 events and 1 MiB, without a limit on age.
    ///
    /// # Example
    /// ```
    /// use sse_hub::{Hub, Retention};
    ///
    /// let hub = Hub::builder().retention(Retention::default().events(100)).build();
    /// # drop(hub);
    /// ```
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how much memory events, their indices and topics may take together, in bytes. The oldest events are
    /// evicted first, whatever their topic. Default: 256 MiB, a bound for a process that does other work too.
    ///
    /// [`Stats::memory`](crate::Stats::memory) reports how much they take. A topic with one small event takes about
    /// 600 bytes. Subscriptions are not included; [`max_subscribers`](Self::max_subscribers) limits their number.
    /// Evicted events that connections are still sending are not included either
    /// ([`Stats::pinned_bytes`](crate::Stats::pinned_bytes)).
    ///
    /// # Example
    /// ```
    /// let hub = sse_hub::Hub::builder().max_bytes(1 << 30).build();
    /// # drop(hub);
    /// ```
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many topics may exist: those that have events, subscribers, watchers or a
    /// [`Topic`](crate::Topic) handle. The maximum, which is also the default, is one topic for each KiB of
    /// [`max_bytes`](Self::max_bytes), and at least 64.
    ///
    /// A further topic evicts the topic with the oldest events that is not in use. If all topics are in use,
    /// publishing or subscribing to a further one is an error. If a backend has an event for a further topic, this
    /// hub loses it, and clients that later resume from before it receive a `gap` event.
    ///
    /// # Example
    /// ```
    /// use sse_core::Event;
    /// use sse_hub::{Hub, PublishError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = Hub::builder().max_topics(1).build();
    /// let orders = hub.topic("orders")?;
    /// let refused = hub.publish_now("prices", Event::data("42"));
    /// assert!(matches!(refused, Err(PublishError::TooManyTopics { limit: 1, .. })));
    /// # drop(orders);
    /// # Ok(()) }
    /// ```
    pub fn max_topics(mut self, topics: usize) -> Self {
        self.limits.topics = topics;
        self
    }

    /// Sets the largest size of an event, encoded without its ID, in bytes; at most 1 GiB. Default: 1 MiB, which
    /// [`Decoder`](sse_core::Decoder) also accepts by default.
    ///
    /// # Example
    /// ```
    /// let hub = sse_hub::Hub::builder().max_event_bytes(16 << 10).build();
    /// # drop(hub);
    /// ```
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.event_bytes = bytes.min(MAX_EVENT_BYTES);
        self
    }

    /// Sets how many topics one subscription may have. Default: 64. Each topic costs time at every poll.
    ///
    /// # Example
    /// ```
    /// use sse_hub::{Hub, SubscribeError};
    ///
    /// let hub = Hub::builder().max_topics_per_subscriber(2).build();
    /// let refused = hub.subscribe(["a", "b", "c"]).err();
    /// assert_eq!(refused.map(|error: SubscribeError| error.status()), Some(400));
    /// ```
    pub fn max_topics_per_subscriber(mut self, topics: usize) -> Self {
        self.limits.topics_per_subscriber = topics;
        self
    }

    /// Sets how many subscriptions may exist. Default: no limit. Set what your memory and file descriptors allow.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = sse_hub::Hub::builder().max_subscribers(1).build();
    /// let first = hub.subscribe("a")?;
    /// assert_eq!(hub.subscribe("a").err().map(|error| error.status()), Some(503));
    /// # drop(first);
    /// # Ok(()) }
    /// ```
    pub fn max_subscribers(mut self, subscribers: usize) -> Self {
        self.limits.subscribers = subscribers;
        self
    }

    /// Sets how long the hub remembers that a topic [has ended](Hub::end); then the topic may begin again. Default: an
    /// hour, which is longer than clients take to reconnect.
    ///
    /// Each end takes its topic's name and at most 100 bytes of [`max_bytes`](Self::max_bytes). All ends together take
    /// at most a quarter of it; the oldest are forgotten first.
    ///
    /// A backend remembers ends as well, and decides when a topic may begin again. Give it the same time.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let hub = sse_hub::Hub::builder().remember_ends(Duration::from_secs(24 * 60 * 60)).build();
    /// # drop(hub);
    /// ```
    pub fn remember_ends(mut self, time: Duration) -> Self {
        self.remember_ends = time;
        self
    }

    /// Sets an observer, which sees the entries of a backend's log in order. A hub in memory has no log of entries, so
    /// it does not call the observer.
    ///
    /// # Example
    /// See [`Observer`].
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Returns the hub, in memory.
    ///
    /// # Example
    /// ```
    /// let hub = sse_hub::Hub::builder().max_subscribers(20_000).build();
    /// # drop(hub);
    /// ```
    pub fn build(self) -> Hub {
        let this = self.with_room();
        let state = this.state(Epoch::random(), Source::Here);
        this.hub(state, None)
    }

    /// Returns the hub, on a backend's log, once it has read the events that are kept.
    ///
    /// Spawn [`Hub::background`] within 5 s, unless this process only publishes.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let backend = sse_hub::MemoryBackend::new(1_000);
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::builder().open(backend).await?;
    /// tokio::spawn(hub.background());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The backend's error, if the log cannot be opened or read.
    ///
    /// # Cancel safety
    /// A dropped call leaves no hub, and drops the backend.
    pub async fn open(self, backend: impl Backend) -> Result<Hub, BackendError> {
        let this = self.with_room();
        let Opened { epoch, floor, shared, ended } = backend.open().await?;
        let source = if shared { Source::Many } else { Source::Own };
        let mut state = this.state(epoch.clone(), source);
        state.lose_up_to(floor);
        state.note_ended(&ended, &mut Waiters::default());
        let mut after = floor;
        loop {
            let Page { floor, entries } = backend.read(after, PAGE).await?;
            state.lose_up_to(floor);
            if floor > after {
                // Entries were lost meanwhile, perhaps the ends of topics.
                let Opened { ended, .. } = backend.open().await?;
                let ended: Vec<_> =
                    ended.into_iter().filter(|ended| ended.position <= floor).collect();
                state.note_ended(&ended, &mut Waiters::default());
            }
            let read = entries.len();
            let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
            for mut entry in entries {
                after = entry.position;
                if let Some(observer) = &this.observer {
                    observer.entry(&entry);
                }
                let waiters = &mut Waiters::default();
                let mut content = entry.take_content(&epoch);
                content.apply(&entry, &mut state, Instant::now(), waiters);
                while state.work(waiters) {
                    waiters.work.begin();
                }
            }
            // Entries keep arriving, so this could loop indefinitely; the tail delivers the rest.
            // A backend may end a page for its bytes, though: then there may be more.
            if read < PAGE / 8 && bytes < PAGE_BYTES {
                break;
            }
            yield_now().await;
        }
        // Their age is not known.
        #[cfg(feature = "tickets")]
        state.forget_tickets();
        state.await_background(Instant::now());
        let feed = Feed::new(epoch, backend.tail(after.max(floor)), this.observer.clone());
        Ok(this.hub(state, Some((Arc::new(backend), feed))))
    }

    fn hub(&self, state: State, log: Option<(Arc<dyn Backend>, Feed)>) -> Hub {
        Hub(Arc::new(Inner::new(state, self.limits, log, self.retention.into())))
    }

    fn state(&self, epoch: Epoch, source: Source) -> State {
        let limits = StateLimits {
            bytes: self.max_bytes,
            topics: self.limits.topics,
            remember_ends: self.remember_ends,
        };
        State::new(epoch, self.retention.into(), limits, source, Instant::now())
    }

    /// Limits the topics to those that there is room for.
    fn with_room(mut self) -> Self {
        self.limits.topics = self.limits.topics.min((self.max_bytes / TOPIC).max(FEW));
        self
    }
}

/// The number of entries to read at once, unless the backend returns fewer.
const PAGE: usize = 256;

/// The number of topics that there is always room for.
const FEW: usize = 64;

/// The bytes for which a hub has room for a topic: the least that one takes with an event, with some to spare.
const TOPIC: usize = 1024;

async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A page of fewer entries but more bytes than this is not the last.
const PAGE_BYTES: usize = 1024 * 1024;

impl Default for HubBuilder {
    fn default() -> Self {
        Self {
            retention: Retention::default(),
            max_bytes: 256 * 1024 * 1024,
            remember_ends: REMEMBER_ENDS,
            observer: None,
            limits: Limits {
                topics: usize::MAX,
                topics_per_subscriber: 64,
                subscribers: usize::MAX,
                event_bytes: 1024 * 1024,
            },
        }
    }
}
