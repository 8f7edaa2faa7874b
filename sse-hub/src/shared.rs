//! A state behind a lock, and the tasks that wait for it to change.
//!
//! This is the only file of the crate that locks and wakes. Its loom tests find these planted bugs: storing the waker
//! after the lock is released (a change in between wakes no task), waking before the change is made (the woken task
//! sees the old state and keeps waiting), and not counting a wake-up as a change (the woken task believes that it is
//! still waiting).

use std::{
    any::Any,
    mem,
    num::NonZeroUsize,
    panic::{self, AssertUnwindSafe},
    ptr,
    sync::PoisonError,
    task::{Poll, Waker},
};

use crate::{
    hold_times::Hold,
    sync::{AtomicUsize, Mutex, MutexGuard, Ordering},
    table::Table,
    work::{Dropped, Work},
};

/// A state behind a lock, and the tasks that wait for it to change.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    locked: Mutex<Locked<S>>,
    /// The number of changes and wake-ups. Set under the lock.
    version: AtomicUsize,
}

#[derive(Debug)]
struct Locked<S> {
    state: S,
    waiters: Waiters,
}

/// The waiting tasks, by slot, and the budget of this hold of the lock.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    slots: Table<Option<Waker>>,
    woken: Vec<Waker>,
    pub(crate) work: Work,
}

/// A place among the waiting tasks, to be given back with [`Waiters::close`].
#[derive(Debug)]
pub(crate) struct Slot {
    key: usize,
    waits: Option<Waits>,
}

/// The change since which a task waits, and its waker's identity.
#[derive(Debug, PartialEq, Eq)]
struct Waits {
    version: NonZeroUsize,
    // Those of the waker in the slot, which keeps them from being reused for another.
    data: usize,
    vtable: usize,
}

/// The result of a read.
#[derive(Debug)]
pub(crate) enum Found<R> {
    /// Nothing.
    Nothing,
    /// Everything that is ready: there is nothing more until a change.
    Last(R),
    /// Something, after which there may be more.
    More(R),
    /// The reader used up its steps and continues at its next poll. If something changes for it meanwhile, its
    /// slot is no longer [armed](Waiters::is_armed).
    Undecided,
}

#[cfg(all(test, not(loom)))]
impl<R> Found<R> {
    pub(crate) fn map<T>(self, map: impl FnOnce(R) -> T) -> Found<T> {
        match self {
            Self::Nothing => Found::Nothing,
            Self::Last(result) => Found::Last(map(result)),
            Self::More(result) => Found::More(map(result)),
            Self::Undecided => Found::Undecided,
        }
    }
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S) -> Self {
        let locked = Locked { state, waiters: Waiters::default() };
        Self { locked: Mutex::new(locked), version: AtomicUsize::new(1) }
    }

    /// Changes the state, and wakes the tasks that `change` names once the lock is released.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut S, &mut Waiters) -> R) -> R {
        let (result, panicked) = self.change_and_catch(change);
        if let Some(panicked) = panicked {
            panic::resume_unwind(panicked);
        }
        result
    }

    /// Same as [`change`](Self::change), but returns the first panic of a waker.
    pub(crate) fn change_and_catch<R>(
        &self,
        change: impl FnOnce(&mut S, &mut Waiters) -> R,
    ) -> (R, Option<Panic>) {
        let mut locked = self.lock();
        let hold = Hold::begin();
        let Locked { state, waiters } = &mut *locked;
        let result = change(state, waiters);
        self.count();
        let after = waiters.after();
        drop(locked);
        hold.end();
        (result, after.run())
    }

    /// Looks at the state.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.lock().state)
    }

    /// Reads, and waits for a change once everything is read. The waker is stored under the same lock, so no change is
    /// missed. A task that is already registered does not take the lock.
    pub(crate) fn poll<R>(
        &self,
        slot: &mut Slot,
        waker: &Waker,
        read: impl FnOnce(&mut S, &mut Waiters) -> Found<R>,
    ) -> Poll<R> {
        let waits = Waits::new(self.version.load(Ordering::Acquire), waker);
        if waits.is_some() && waits == slot.waits {
            return Poll::Pending;
        }
        let mut locked = self.lock();
        let hold = Hold::begin();
        let Locked { state, waiters } = &mut *locked;
        let found = read(state, waiters);
        if !waiters.woken.is_empty() {
            self.count();
        }
        let mut replaced = None;
        slot.waits = None;
        if !matches!(found, Found::More(_)) {
            let stored = &mut waiters.slots[slot.key];
            if !stored.as_ref().is_some_and(|stored| stored.will_wake(waker)) {
                replaced = stored.replace(waker.clone());
            }
            if !matches!(found, Found::Undecided) {
                slot.waits = Waits::new(self.version.load(Ordering::Relaxed), waker);
            }
        }
        let after = waiters.after();
        // A waker's drop may run the executor's code.
        drop(locked);
        hold.end();
        drop(replaced);
        if let Some(panicked) = after.run() {
            panic::resume_unwind(panicked);
        }
        match found {
            Found::Last(result) | Found::More(result) => Poll::Ready(result),
            Found::Nothing => Poll::Pending,
            Found::Undecided => {
                // Yield to the executor as well.
                waker.wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// The most steps that any hold of the lock took.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn most_steps(&self) -> usize {
        self.lock().waiters.work.most()
    }

    fn lock(&self) -> MutexGuard<'_, Locked<S>> {
        let mut locked = self.locked.lock().unwrap_or_else(PoisonError::into_inner);
        locked.waiters.work.begin();
        locked
    }

    fn count(&self) {
        // Counted under the lock, so that no other change comes between.
        self.version.store(self.version.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }
}

/// Work of a hold of the lock that is done once the lock is released.
struct After {
    woken: Vec<Waker>,
    dropped: Vec<Box<dyn Dropped>>,
}

impl After {
    /// Wakes all, even if a waker panics, since the others would never be woken; returns the first panic.
    fn run(self) -> Option<Panic> {
        drop(self.dropped);
        let wake = |waker: Waker| panic::catch_unwind(AssertUnwindSafe(|| waker.wake())).err();
        self.woken.into_iter().fold(None, |first, waker| {
            let panicked = wake(waker);
            first.or(panicked)
        })
    }
}

/// The payload of a waker's panic.
pub(crate) type Panic = Box<dyn Any + Send>;

impl Waits {
    /// `None` if the count has wrapped, which costs one look at the state.
    fn new(version: usize, waker: &Waker) -> Option<Self> {
        let version = NonZeroUsize::new(version)?;
        let (data, vtable) = (waker.data(), ptr::from_ref(waker.vtable()));
        Some(Self { version, data: data.addr(), vtable: vtable.addr() })
    }
}

impl Waiters {
    /// Takes a slot, to be given back with [`close`](Self::close).
    pub(crate) fn open(&mut self) -> Slot {
        Slot { key: self.slots.insert(None), waits: None }
    }

    pub(crate) fn close(&mut self, slot: &Slot) {
        // Woken rather than dropped, since that happens outside the lock.
        self.woken.extend(self.slots.remove(slot.key, &mut self.work));
    }

    pub(crate) fn wake(&mut self, slot: usize) {
        self.work.spend(1);
        self.woken.extend(self.slots[slot].take());
    }

    /// Wakes all waiting tasks from a slot on, while steps are left; returns the slot to continue from.
    pub(crate) fn wake_from(&mut self, first: usize) -> Option<usize> {
        let last = (first + self.work.left()).min(self.slots.end());
        for slot in first..last {
            self.woken.extend(self.slots.get_mut(slot).and_then(Option::take));
        }
        self.work.spend(last.saturating_sub(first));
        (last < self.slots.end()).then_some(last)
    }

    /// Whether the slot holds a waker that has not been woken.
    pub(crate) fn is_armed(&self, slot: usize) -> bool {
        self.slots[slot].is_some()
    }

    fn after(&mut self) -> After {
        After { woken: mem::take(&mut self.woken), dropped: self.work.end() }
    }

    #[cfg(test)]
    pub(crate) fn open_slots(&self) -> usize {
        self.slots.len()
    }
}

impl Slot {
    /// Makes the next poll read even if nothing has changed, since it will read something else.
    #[cfg(feature = "tokio")]
    pub(crate) fn forget(&mut self) {
        self.waits = None;
    }

    /// The key to pass to [`Waiters::wake`].
    pub(crate) fn key(&self) -> usize {
        self.key
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod loom_tests;
