//! The ledger behind its lock, and the tasks that wait for the end of a run.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use crate::{
    Outcome, RunId,
    ledger::{End, Ledger},
};

/// The ledger behind its lock, and the writers of this process, which wait for the end of their runs.
#[derive(Debug)]
pub(crate) struct Register {
    ledger: Mutex<Ledger>,
    writers: Mutex<BTreeMap<RunId, watch::Sender<Option<Outcome>>>>,
    /// Notified when the background may have something to do.
    pub(crate) changed: Notify,
}

impl Register {
    pub(crate) fn new(remember: Duration) -> Self {
        let ledger = Mutex::new(Ledger::new(remember));
        Self { ledger, writers: Mutex::default(), changed: Notify::new() }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the end of a run that this process writes, once it is known.
    pub(crate) fn watch(&self, id: RunId) -> watch::Receiver<Option<Outcome>> {
        self.writers().entry(id).or_default().subscribe()
    }

    pub(crate) fn forget_writer(&self, id: RunId) {
        self.writers().remove(&id);
    }

    /// Ends a run; returns whether it was the first to do so.
    pub(crate) fn end(&self, id: RunId, end: End) -> bool {
        let outcome = end.outcome.clone();
        let first = self.ledger().end(id, end);
        if first && let Some(writer) = self.writers().get(&id) {
            writer.send_replace(Some(outcome));
        }
        first
    }

    fn writers(&self) -> MutexGuard<'_, BTreeMap<RunId, watch::Sender<Option<Outcome>>>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
