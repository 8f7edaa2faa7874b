//! Limits and retention of a hub.

use std::time::Instant;

use crate::{
    Backend, BackendError, Driver, Epoch, Hub, Retention, backend::Page, log::MAX_EVENT_BYTES,
    shared::Waiters, state::State,
};

/// Sets limits and retention of a [`Hub`].
#[derive(Clone, Debug)]
pub struct HubBuilder {
    retention: Retention,
    max_bytes: usize,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) topics_per_subscriber: usize,
    pub(crate) subscribers: usize,
    pub(crate) event_bytes: usize,
}

impl HubBuilder {
    /// Sets how much of each topic is kept. Default: [`Retention::default`].
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how many bytes of encoded events are kept in all; the oldest go first, whatever their
    /// topic. Default: 256 MiB, a bound for a process that does other work too. Events that nobody
    /// has read yet may take twice their bytes.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how large an event may be, encoded without its ID, in bytes; at most 1 GiB. Default: 1 MiB,
    /// which is also what our decoder accepts by default.
    #[must_use]
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.event_bytes = bytes.min(MAX_EVENT_BYTES);
        self
    }

    /// Sets how many topics one subscription may have. Default: 64; each costs time at every poll.
    #[must_use]
    pub fn max_topics_per_subscriber(mut self, topics: usize) -> Self {
        self.limits.topics_per_subscriber = topics;
        self
    }

    /// Sets how many subscriptions there may be. Default: no limit; set what your memory and file
    /// descriptors allow.
    #[must_use]
    pub fn max_subscribers(mut self, subscribers: usize) -> Self {
        self.limits.subscribers = subscribers;
        self
    }

    /// Makes the hub, in memory.
    pub fn build(self) -> Hub {
        Hub::from_parts(self.state(Epoch::random()), self.limits, None)
    }

    /// Makes the hub, on a backend's log: resolves once it has what is kept. Spawn the [`Driver`],
    /// which fills it with what comes.
    ///
    /// # Errors
    /// The backend's, if the log cannot be opened or read.
    pub async fn open(self, backend: impl Backend) -> Result<(Hub, Driver), BackendError> {
        let opened = backend.open().await?;
        let mut state = self.state(opened.epoch);
        state.follows = true;
        state.lose_up_to(opened.floor, &mut Waiters::default());
        let mut after = opened.floor;
        loop {
            let Page { floor, entries } = backend.read(after, PAGE).await?;
            state.lose_up_to(floor, &mut Waiters::default());
            let read = entries.len();
            let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
            for entry in entries {
                after = entry.position;
                state.take(entry, Instant::now(), &mut Waiters::default());
            }
            // A few have come meanwhile, and so it might go on for ever: those are the tail's.
            // A backend may end a page for its bytes, though: then there may be more.
            if read < PAGE / 8 && bytes < PAGE_BYTES {
                break;
            }
        }
        let tail = backend.tail(after.max(opened.floor));
        let hub = Hub::from_parts(state, self.limits, Some(Box::new(backend)));
        let driver = Driver::new(&hub, tail);
        Ok((hub, driver))
    }

    fn state(&self, epoch: Epoch) -> State {
        State::new(epoch, self.retention, self.max_bytes, Instant::now())
    }
}

/// How many entries are read at once, unless the backend gives fewer.
const PAGE: usize = 256;

/// A page of fewer entries but more bytes than this is not the last.
const PAGE_BYTES: usize = 1024 * 1024;

impl Default for HubBuilder {
    fn default() -> Self {
        Self {
            retention: Retention::default(),
            max_bytes: 256 * 1024 * 1024,
            limits: Limits {
                topics_per_subscriber: 64,
                subscribers: usize::MAX,
                event_bytes: 1024 * 1024,
            },
        }
    }
}
