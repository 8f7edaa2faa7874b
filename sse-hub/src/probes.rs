//! The subscriptions that an inspector sees.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use crate::{SubscriptionHandle, TopicName, probe::Probe};

/// The subscriptions that an inspector sees: those that began after it was made.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    open: Mutex<Open>,
    resumed: AtomicU64,
}

/// A tree, because a hash map copies everything when it grows.
#[derive(Debug, Default)]
struct Open {
    probes: BTreeMap<u64, Arc<Probe>>,
    next: u64,
}

impl Probes {
    pub(crate) fn open(
        &self,
        topics: &[TopicName],
        handle: SubscriptionHandle,
        pinned: Arc<AtomicUsize>,
    ) -> Arc<Probe> {
        let mut open = self.lock();
        let number = open.next;
        open.next += 1;
        drop(open);
        let probe = Arc::new(Probe::new(number, topics, handle, pinned));
        self.lock().probes.insert(number, Arc::clone(&probe));
        probe
    }

    pub(crate) fn close(&self, probe: &Probe) {
        let closed = self.lock().probes.remove(&probe.number);
        drop(closed);
    }

    pub(crate) fn find(&self, number: u64) -> Option<Arc<Probe>> {
        self.lock().probes.get(&number).cloned()
    }

    /// Returns the next subscriptions from a number on, at most [`AT_ONCE`].
    pub(crate) fn some(&self, from: u64) -> Vec<Arc<Probe>> {
        let open = self.lock();
        open.probes.range(from..).take(AT_ONCE).map(|(_, probe)| Arc::clone(probe)).collect()
    }

    pub(crate) fn count_resumed(&self) {
        self.resumed.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of clients that continued after their last event.
    pub(crate) fn resumed(&self) -> u64 {
        self.resumed.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Small, so that a subscription that begins or ends hardly waits.
const AT_ONCE: usize = 64;
