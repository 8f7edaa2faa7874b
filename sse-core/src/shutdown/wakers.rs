//! The wakers of the open streams.

use std::{collections::BTreeMap, mem, ops::Range, task::Waker};

use super::WAKE_BATCH;

/// The wakers of the open streams, by keys that rise and are never reused.
///
/// It is used under a lock, so no call may take time in proportion to the number of streams. With a slab
/// or a hash map, an insertion could, because each of them moves all entries when it grows.
#[derive(Default)]
pub(super) struct Wakers {
    wakers: BTreeMap<u64, Waker>,
    next_key: u64,
    #[cfg(test)]
    steps: super::tests::Steps,
}

impl Wakers {
    pub(super) fn insert(&mut self, waker: Waker) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        self.wakers.insert(key, waker);
        key
    }

    /// Replaces the waker of an open stream, and returns the previous one.
    pub(super) fn replace(&mut self, key: u64, waker: Waker) -> Option<Waker> {
        self.wakers.get_mut(&key).map(|current| mem::replace(current, waker))
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Waker> {
        self.wakers.remove(&key)
    }

    pub(super) fn len(&self) -> usize {
        self.wakers.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// Returns the key of the next stream, which is higher than all keys before it.
    pub(super) fn next_key(&self) -> u64 {
        self.next_key
    }

    /// Clones the wakers with these keys until the batch has [`WAKE_BATCH`] of them. Returns the key to
    /// continue from, which is the end of `keys` if there are no more.
    pub(super) fn clone_batch(&self, keys: Range<u64>, batch: &mut Vec<Waker>) -> u64 {
        let end = keys.end;
        for (key, waker) in self.wakers.range(keys) {
            if batch.len() == WAKE_BATCH {
                return *key;
            }
            #[cfg(test)]
            self.steps.count();
            batch.push(waker.clone());
        }
        end
    }

    #[cfg(test)]
    pub(super) fn steps(&self) -> &super::tests::Steps {
        &self.steps
    }

    /// Restarts the count of steps, because the lock was just taken.
    #[cfg(test)]
    pub(super) fn begin_hold(&self) {
        self.steps.begin_hold();
    }
}
