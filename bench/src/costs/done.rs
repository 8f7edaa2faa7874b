//! Waits until each of many tasks has done something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    thread::{self, Thread},
};

/// Counts the tasks that are done; the last wakes the thread that waits.
#[derive(Clone)]
pub(super) struct Done {
    count: Arc<AtomicU32>,
    tasks: u32,
    waiting: Thread,
}

impl Done {
    /// For the thread that calls it.
    pub(super) fn new(tasks: u32) -> Self {
        Self { count: Arc::default(), tasks, waiting: thread::current() }
    }

    pub(super) fn one(&self) {
        if self.count.fetch_add(1, SeqCst) + 1 == self.tasks {
            self.waiting.unpark();
        }
    }

    /// Waits for all tasks, and then begins again.
    pub(super) fn wait(&self) {
        while self.count.load(SeqCst) < self.tasks {
            thread::park();
        }
        self.count.store(0, SeqCst);
    }
}
