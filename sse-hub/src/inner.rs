//! The state that all handles to a hub share.

use std::{
    fmt, panic,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sse_core::{Event, EventId};

#[cfg(feature = "metrics")]
use crate::metrics::Levels;
use crate::{
    Backend, PublishError, TopicName,
    backend::Appended,
    feed::Feed,
    large::{LARGE, Large},
    limits::Limits,
    log::Bounds,
    metrics::Timer,
    shared::{Shared, Slot, Waiters},
    state::{Encoded, Full, Reader, State},
};

/// The state that all handles to a hub share. Dropping the last handle wakes the background futures.
pub(crate) struct Inner {
    pub(crate) shared: Shared<State>,
    pub(crate) limits: Limits,
    pub(crate) backend: Option<Arc<dyn Backend>>,
    /// Present until the first background future is polled, and only locked then.
    feed: Mutex<Option<Feed>>,
    /// The longest time between two ticks that age limits need; `None` without such limits.
    pub(crate) tick_every: Option<Duration>,
    /// Present once there is an inspector.
    #[cfg(feature = "inspector")]
    pub(crate) probes: std::sync::OnceLock<Arc<crate::probes::Probes>>,
}

impl Inner {
    pub(crate) fn new(
        state: State,
        limits: Limits,
        log: Option<(Arc<dyn Backend>, Feed)>,
        bounds: Bounds,
    ) -> Self {
        let (backend, feed) = log.unzip();
        let tick_every = bounds.span().map(|span| span.clamp(OFTENEST, SELDOMEST));
        let (shared, feed) = (Shared::new(state), Mutex::new(feed));
        Self {
            shared,
            limits,
            backend,
            feed,
            tick_every,
            #[cfg(feature = "inspector")]
            probes: std::sync::OnceLock::new(),
        }
    }

    /// Begins the work of a background future, which follows the backend if it is the first.
    pub(crate) fn begin_background(&self) -> (Slot, Option<Feed>) {
        let feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let slot = self.change(|state, waiters| {
            if feed.is_some() {
                state.begin_following();
            }
            let slot = waiters.open();
            state.open_background(slot.key());
            slot
        });
        (slot, feed)
    }

    /// Evicts old events.
    pub(crate) fn tick(&self, now: Instant) {
        self.change(|state, _| state.tick(now));
    }

    /// Records the gauges, outside the lock.
    #[cfg(feature = "metrics")]
    pub(crate) fn record_metrics(&self) {
        self.shared.look(Levels::of).record(self.backend.is_some());
    }

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

    /// Publishes an event through the backend.
    pub(crate) async fn append(
        &self,
        backend: &dyn Backend,
        topic: &TopicName,
        event: Event,
    ) -> Result<EventId, PublishError> {
        let timer = Timer::begin();
        let published = self.append_event(backend, topic, event).await;
        timer.published(&published);
        published
    }

    async fn append_event(
        &self,
        backend: &dyn Backend,
        topic: &TopicName,
        event: Event,
    ) -> Result<EventId, PublishError> {
        self.check(&event)?;
        let now = Instant::now();
        self.shared.look(|state| state.check_publish(now))?;
        let body = event.encode().into_bytes();
        let appended = backend.append(topic, body).await.map_err(PublishError::from)?;
        let Appended { epoch, position } = appended;
        self.change(|state, _| state.acknowledge(&epoch, position, 1));
        Ok(epoch.id(position))
    }

    /// Publishes an event to the topic that `topic` finds, which may be its last.
    pub(crate) fn publish(
        &self,
        event: Event,
        is_last: bool,
        topic: impl Fn(&mut State, &mut Waiters) -> Result<usize, PublishError>,
    ) -> Result<EventId, PublishError> {
        let timer = Timer::begin();
        let published = self.publish_event(event, is_last, topic);
        timer.published(&published);
        published
    }

    #[inline]
    fn publish_event(
        &self,
        event: Event,
        is_last: bool,
        topic: impl Fn(&mut State, &mut Waiters) -> Result<usize, PublishError>,
    ) -> Result<EventId, PublishError> {
        let size = self.check(&event)?;
        if self.backend.is_some() {
            return Err(PublishError::NeedsAwait);
        }
        if size > LARGE {
            return self.publish_large(&event, is_last, topic);
        }
        let (now, mut event) = (Instant::now(), event);
        self.change(|state, waiters| {
            if state.is_drained() {
                return Err(PublishError::Drained);
            }
            let topic = topic(state, waiters)?;
            let (position, id) = state.next_id();
            event.id = Some(id.clone());
            let event = Encoded::Now(|out: &mut Vec<u8>| event.encode_into(out));
            state.publish(topic, position, now, waiters, event);
            if is_last {
                state.end_at(topic, position, now, waiters);
            }
            Ok(id)
        })
    }

    /// Encodes the event before it takes the lock.
    fn publish_large(
        &self,
        event: &Event,
        is_last: bool,
        topic: impl Fn(&mut State, &mut Waiters) -> Result<usize, PublishError>,
    ) -> Result<EventId, PublishError> {
        loop {
            let (_, next) = self.shared.look(State::next_id);
            // Declared outside the closure, so that it is dropped without the lock.
            let mut large = Large::new(event.clone(), next);
            let now = Instant::now();
            let published = self.change(|state, waiters| {
                if state.is_drained() {
                    return Err(PublishError::Drained);
                }
                let (position, id) = state.next_id();
                // Other events were published meanwhile, and the position has one digit more.
                if !large.fits(&id) {
                    return Ok(None);
                }
                let topic = topic(state, waiters)?;
                let event = Encoded::<fn(&mut Vec<u8>)>::Before(large.finish(&id));
                state.publish(topic, position, now, waiters, event);
                if is_last {
                    state.end_at(topic, position, now, waiters);
                }
                Ok(Some(id))
            });
            if let Some(id) = published? {
                return Ok(id);
            }
        }
    }

    /// Changes the state, and then does the remaining work, some steps at a time. It releases the lock between them.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State, &mut Waiters) -> R) -> R {
        let ((result, mut more), mut panicked) = self.shared.change_and_catch(|state, waiters| {
            let result = change(state, waiters);
            (result, state.work(waiters))
        });
        while more {
            let (goes_on, panic) = self.shared.change_and_catch(State::work);
            (more, panicked) = (goes_on, panicked.or(panic));
        }
        // Only now, since the tasks that have yet to be woken would never be.
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
        self.shared.change(|state, waiters| state.wake_backgrounds(waiters));
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Age limits are exceeded by at most an eighth, but the hub does not tick more often than this.
const OFTENEST: Duration = Duration::from_millis(10);

/// A tick that finds nothing to do costs less than a microsecond.
const SELDOMEST: Duration = Duration::from_secs(1);
