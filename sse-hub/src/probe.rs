//! The inspector's view of one subscription.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use sse_core::Frame;

use crate::{Position, SubscriptionHandle, TopicName};

/// The inspector's view of one subscription, which updates it whenever it delivers something.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) number: u64,
    /// The first of its topics.
    pub(crate) topics: Vec<TopicName>,
    /// The number of all of its topics.
    pub(crate) topic_count: usize,
    pub(crate) label: OnceLock<String>,
    pub(crate) began: Instant,
    pub(crate) handle: SubscriptionHandle,
    /// The bytes of the log that the connection keeps alive because it has not sent them.
    pinned: Arc<AtomicUsize>,
    delivered: Mutex<Delivered>,
}

/// What a subscription has delivered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivered {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    /// The position up to which it has read; `None` before its first item.
    pub(crate) position: Option<Position>,
}

impl Probe {
    pub(crate) fn new(
        number: u64,
        topics: &[TopicName],
        handle: SubscriptionHandle,
        pinned: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            number,
            topics: topics.iter().take(TOPICS).cloned().collect(),
            topic_count: topics.len(),
            label: OnceLock::new(),
            began: Instant::now(),
            handle,
            pinned,
            delivered: Mutex::default(),
        }
    }

    pub(crate) fn count(&self, frame: &Frame, position: Option<Position>) {
        let mut delivered = self.lock();
        delivered.events += frame.events() as u64;
        delivered.bytes += frame.len() as u64;
        delivered.position = position.or(delivered.position);
    }

    pub(crate) fn delivered(&self) -> Delivered {
        *self.lock()
    }

    pub(crate) fn pinned(&self) -> usize {
        self.pinned.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Delivered> {
        self.delivered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of topics for which a subscription's lag is counted. Without a limit, a client that names
/// thousands would take long.
const TOPICS: usize = 16;
