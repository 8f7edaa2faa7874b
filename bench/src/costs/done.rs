//! Waits until each of many tasks has done something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    thread::{self, Thread},
};

/// Counts the tasks that are done. The last one wakes the waiting thread.
#[derive(Clone)]
pub(super) struct Done {
    count: Arc<AtomicU32>,
    tasks: u32,
    waiting: Thread,
}

impl Done {
    /// Makes a counter for which the calling thread waits.
    pub(super) fn new(tasks: u32) -> Self {
        Self { count: Arc::default(), tasks, waiting: thread::current() }
    }

    pub(super) fn one(&self) {
        if self.count.fetch_add(1, SeqCst) + 1 == self.tasks {
            self.waiting.unpark();
        }
    }

    /// Waits for all tasks, and then resets the count.
    pub(super) fn wait(&self) {
        while self.count.load(SeqCst) < self.tasks {
            thread::park();
        }
        self.count.store(0, SeqCst);
    }
}
