//! A state behind a lock, and who waits for it to change.
//!
//! The one file of this crate that locks and wakes. Its loom tests find these planted bugs: storing
//! the waker after the lock is released (a change in between wakes nobody), and waking before the
//! change is made (the woken one sees the old state and waits on).

use std::{
    sync::PoisonError,
    task::{Poll, Waker},
};

use slab::Slab;

use crate::sync::{Mutex, MutexGuard};

/// A state behind a lock, and who waits for it to change.
#[derive(Debug)]
pub(crate) struct Shared<S>(Mutex<Locked<S>>);

#[derive(Debug)]
struct Locked<S> {
    state: S,
    waiters: Waiters,
}

/// Who waits, by slot.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    slots: Slab<Option<Waker>>,
    woken: Vec<Waker>,
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S) -> Self {
        Self(Mutex::new(Locked { state, waiters: Waiters::default() }))
    }

    /// Changes the state and wakes, once the lock is released, those whom `change` names.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut S, &mut Waiters) -> R) -> R {
        let mut locked = self.lock();
        let Locked { state, waiters } = &mut *locked;
        let result = change(state, waiters);
        let woken = std::mem::take(&mut waiters.woken);
        drop(locked);
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// Reads, and while there is nothing to read waits for a change: the waker is stored under the
    /// same lock, so that no change is missed.
    pub(crate) fn poll<R>(
        &self,
        slot: usize,
        waker: &Waker,
        read: impl FnOnce(&mut S) -> Poll<R>,
    ) -> Poll<R> {
        let mut locked = self.lock();
        let result = read(&mut locked.state);
        let mut replaced = None;
        if result.is_pending() {
            let slot = &mut locked.waiters.slots[slot];
            if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
                replaced = slot.replace(waker.clone());
            }
        }
        // A waker's drop may run the executor's code.
        drop(locked);
        drop(replaced);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Locked<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiters {
    /// Takes a slot, to be given back by [`close`](Self::close).
    pub(crate) fn open(&mut self) -> usize {
        self.slots.insert(None)
    }

    pub(crate) fn close(&mut self, slot: usize) {
        // Woken rather than dropped, since that happens outside the lock.
        self.woken.extend(self.slots.remove(slot));
    }

    pub(crate) fn wake(&mut self, slot: usize) {
        self.woken.extend(self.slots[slot].take());
    }

    #[cfg(test)]
    pub(crate) fn open_slots(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod loom_tests;
