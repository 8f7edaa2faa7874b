//! The places of the open streams.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    admit_error::AdmitError,
    limit::{Limit, OverLimit},
};

/// A key's kind, and a digest of its text, so that long texts from clients take no memory.
///
/// The digests have 128 bits, and their hash functions are random, so no client can make two keys that
/// collide.
pub(super) type Key = (&'static str, [u64; 2]);

/// A key with its limit.
pub(super) type Entry = (Key, Limit);

/// The places of the open streams.
#[derive(Default)]
pub(super) struct Slots {
    hashers: [RandomState; 2],
    open: Mutex<Open>,
}

/// The tables are trees, because a hash map copies all its entries when it grows.
#[derive(Default)]
struct Open {
    total: usize,
    counts: BTreeMap<Key, usize>,
    next_number: u64,
    /// The streams that later ones may displace, by their numbers, which rise.
    displaceable: BTreeMap<u64, Displaceable>,
    /// The same streams, by the keys for which they may be displaced.
    oldest: BTreeSet<(Key, u64)>,
}

struct Displaceable {
    keys: Arc<[Entry]>,
    displace: oneshot::Sender<Duration>,
}

/// The result for a stream that is not refused.
pub(super) enum Place {
    Taken(Slot),
    RetryAfter(Duration),
}

/// The place of one stream, which is free once this is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    keys: Arc<[Entry]>,
    /// Receives a reconnection time once a later stream has taken this place.
    pub(super) displaced: Option<oneshot::Receiver<Duration>>,
}

impl Slots {
    pub(super) fn key(&self, kind: &'static str, key: impl fmt::Display) -> Key {
        let text = key.to_string();
        (kind, [self.hashers[0].hash_one(&text), self.hashers[1].hash_one(&text)])
    }

    pub(super) fn total(&self) -> usize {
        self.lock().total
    }

    /// Takes a place of each key, and one of the total. The keys are sorted, and no two are equal.
    pub(super) fn take(
        self: &Arc<Self>,
        total: Limit,
        keys: &[Entry],
    ) -> Result<Place, AdmitError> {
        let keys: Arc<[Entry]> = keys.into();
        let displaceable = keys.iter().any(|(_, limit)| limit.ends_oldest());
        let (displace, displaced) = displaceable.then(oneshot::channel).unzip();

        let mut open = self.lock();
        match open.check(total, &keys) {
            Ok(()) => {}
            Err(Over { limit: Limit { over: OverLimit::RetryLater(time), .. }, .. }) => {
                return Ok(Place::RetryAfter(time.draw()));
            }
            Err(Over { kind, limit }) => {
                let limit = limit.streams;
                return Err(kind.map_or(AdmitError::Full { limit }, |kind| {
                    AdmitError::OverLimit { kind, limit }
                }));
            }
        }
        let ended = open.displace_for(&keys);
        let number = open.insert(&keys, displace);
        drop(open);
        // Sending wakes a task, which may run the executor's code.
        for (stream, time) in ended {
            // A stream that is being dropped receives nothing.
            let _ = stream.displace.send(time);
        }
        Ok(Place::Taken(Slot { slots: Arc::clone(self), number, keys, displaced }))
    }

    /// Returns whether nothing is left of any stream.
    #[cfg(test)]
    pub(super) fn is_unused(&self) -> bool {
        let open = self.lock();
        open.total == 0
            && open.counts.is_empty()
            && open.displaceable.is_empty()
            && open.oldest.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A limit that was reached. Without a kind, it is the total.
struct Over {
    kind: Option<&'static str>,
    limit: Limit,
}

impl Open {
    /// Checks the limits that displace no stream. A refusal takes precedence over a later retry, so that the
    /// order of the keys does not matter.
    fn check(&self, total: Limit, keys: &[Entry]) -> Result<(), Over> {
        let full = (self.total >= total.streams).then_some(Over { kind: None, limit: total });
        let over = keys.iter().filter(|(key, limit)| {
            // A limit of zero has no oldest stream to end.
            self.count(key) >= limit.streams && (!limit.ends_oldest() || limit.streams == 0)
        });
        let over = over.map(|(key, limit)| Over { kind: Some(key.0), limit: *limit });
        let first = full.into_iter().chain(over).min_by_key(|over| over.limit.retries_later());
        first.map_or(Ok(()), Err)
    }

    /// Makes room for a stream by displacing the oldest of each key that has no place left.
    fn displace_for(&mut self, keys: &[Entry]) -> Vec<(Displaceable, Duration)> {
        let mut ended = Vec::new();
        for (key, limit) in keys {
            let OverLimit::EndOldest(time) = limit.over else { continue };
            while self.count(key) >= limit.streams
                && let Some(&(_, number)) = self.oldest.range((*key, 0)..=(*key, u64::MAX)).next()
                && let Some(stream) = self.displace(number)
            {
                ended.push((stream, time.draw()));
            }
        }
        ended
    }

    fn insert(&mut self, keys: &Arc<[Entry]>, displace: Option<oneshot::Sender<Duration>>) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.total += 1;
        for (key, limit) in keys.iter() {
            *self.counts.entry(*key).or_default() += 1;
            if limit.ends_oldest() {
                self.oldest.insert((*key, number));
            }
        }
        if let Some(displace) = displace {
            let keys = Arc::clone(keys);
            self.displaceable.insert(number, Displaceable { keys, displace });
        }
        number
    }

    /// Frees the places of a stream's keys. It keeps its place in the total until it has ended.
    fn displace(&mut self, number: u64) -> Option<Displaceable> {
        let stream = self.displaceable.remove(&number)?;
        self.release(number, &stream.keys);
        Some(stream)
    }

    fn release(&mut self, number: u64, keys: &[Entry]) {
        for (key, _) in keys {
            self.oldest.remove(&(*key, number));
            if let Some(count) = self.counts.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(key);
                }
            }
        }
    }

    fn count(&self, key: &Key) -> usize {
        self.counts.get(key).copied().unwrap_or(0)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.slots.lock();
        open.total -= 1;
        let displaced = if self.displaced.is_none() {
            open.release(self.number, &self.keys);
            None
        } else {
            // A stream that was displaced has no keys any more.
            open.displace(self.number)
        };
        drop(open);
        // Dropping the sender may drop a waker, which may run the executor's code.
        drop(displaced);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("number", &self.number).finish_non_exhaustive()
    }
}
