//! The work done in one hold of the lock.

use std::fmt::Debug;

/// Counts the work in one hold of the lock, and keeps what to drop after it.
///
/// Whatever clients ask for, a hold takes at most about [`STEPS`](Self::STEPS). Longer work stops when none are left,
/// releases the lock, and continues from where it was.
#[derive(Debug, Default)]
pub(crate) struct Work {
    spent: usize,
    /// Dropped once the lock is released: freeing a large event takes as long as a thousand steps.
    dropped: Vec<Box<dyn Dropped>>,
    /// The most that any hold took.
    #[cfg(all(test, not(loom)))]
    most: usize,
}

impl Work {
    /// The steps of one hold, each of some 20 ns.
    pub(crate) const STEPS: usize = 256;
    /// The steps to search a log for a position: two binary searches.
    pub(crate) const SEARCH: usize = 16;
    /// The steps to create or remove a topic, which is in several tables.
    pub(crate) const TOPIC: usize = 64;

    /// Begins a hold of the lock.
    pub(crate) fn begin(&mut self) {
        #[cfg(all(test, not(loom)))]
        {
            self.most = self.most.max(self.spent);
        }
        self.spent = 0;
    }

    /// Counts steps. The last ones of a hold may exceed the limit.
    pub(crate) fn spend(&mut self, steps: usize) {
        self.spent += steps;
    }

    pub(crate) fn left(&self) -> usize {
        Self::STEPS.saturating_sub(self.spent)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.left() == 0
    }

    /// Drops a value once the lock is released.
    pub(crate) fn drop_later(&mut self, value: Box<impl Debug + Send + 'static>) {
        self.dropped.push(value);
    }

    /// Returns what has to be dropped after the hold.
    pub(crate) fn end(&mut self) -> Vec<Box<dyn Dropped>> {
        std::mem::take(&mut self.dropped)
    }

    /// The most steps that any hold took.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn most(&self) -> usize {
        self.most.max(self.spent)
    }
}

/// Any value that is only dropped.
pub(crate) trait Dropped: Debug + Send {}

impl<T: Debug + Send> Dropped for T {}
