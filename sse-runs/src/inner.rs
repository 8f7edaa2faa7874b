//! The state that all handles to the runs share.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sse_hub::{Hub, PublishError};

use crate::{
    Outcome, RunId, ledger::End, node_id::NodeId, register::Register, signal::Signal,
    stored::Stored,
};

/// The state that all handles to the runs share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) hub: Hub,
    pub(crate) register: Arc<Register>,
    pub(crate) node: NodeId,
    pub(crate) lease: Duration,
    pub(crate) max_open: usize,
    /// Whether the hub has a backend, and whether other processes append to its log.
    pub(crate) log: Option<bool>,
    /// The runs whose writers were dropped, for the background to end. `None` without a background.
    dropped: Mutex<Option<Vec<Dropped>>>,
}

/// A run whose writer was dropped. It keeps the hub until the log has its end.
#[derive(Debug)]
pub(crate) struct Dropped {
    pub(crate) inner: Arc<Inner>,
    pub(crate) id: RunId,
}

impl Inner {
    pub(crate) fn new(
        hub: Hub,
        register: Arc<Register>,
        node: NodeId,
        lease: Duration,
        max_open: usize,
    ) -> Self {
        let log = hub.is_shared();
        Self { hub, register, node, lease, max_open, log, dropped: Mutex::default() }
    }

    /// Ends a run; returns false if it had ended before. With a backend, the log's order decides, and a call that returns
    /// true was the first on all nodes.
    pub(crate) async fn end(&self, id: RunId, outcome: Outcome) -> Result<bool, PublishError> {
        if self.log.is_none() {
            return self.end_here(id, outcome);
        }
        let last = {
            let ledger = self.register.ledger();
            // The beginning of a run that is not known may yet arrive. A log that has its end first refuses it.
            if ledger.knows(id) && !ledger.is_open(id) {
                return Ok(false);
            }
            ledger.last(id)
        };
        match self.hub.end(id.topic(), Stored::end(last, &outcome, now())).await {
            Ok(_) => Ok(true),
            Err(PublishError::Ended) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Fails a run whose writer was dropped.
    pub(crate) fn drop_writer(self: &Arc<Self>, id: RunId) {
        if self.log.is_none() {
            // It fails only if the hub has drained, which ends the readers too.
            let _ = self.end_here(id, writer_dropped());
        } else if let Some(dropped) = &mut *self.dropped() {
            dropped.push(Dropped { inner: Arc::clone(self), id });
            self.register.changed.notify_one();
        }
    }

    /// Ends a run of a hub in memory.
    fn end_here(&self, id: RunId, outcome: Outcome) -> Result<bool, PublishError> {
        let at = now();
        // First here, so that a writer that the hub refuses finds the outcome.
        if !self.register.end(id, End { outcome: outcome.clone(), at }) {
            return Ok(false);
        }
        let last = self.register.ledger().last(id);
        self.hub.end_now(id.topic(), Stored::end(last, &outcome, at))?;
        Ok(true)
    }

    /// Renews the lease of this node, and announces its readers of a run. Once it resolves, this node has read everything
    /// that was in the log before.
    pub(crate) async fn signal(&self, readers: Option<(RunId, bool)>) -> Result<(), PublishError> {
        let signal = Signal { node: self.node, lease: self.lease, readers };
        self.hub.signal(signal.encode()).await
    }

    /// Notes that a background exists from now on.
    pub(crate) fn begin_background(&self) {
        self.dropped().get_or_insert_default();
    }

    /// Takes the runs whose writers were dropped, for the background.
    pub(crate) fn take_dropped(&self) -> Vec<Dropped> {
        self.dropped().as_mut().map(mem::take).unwrap_or_default()
    }

    /// Notes that the background is gone.
    pub(crate) fn stop_background(&self) {
        // Not dropped under its lock.
        let dropped = self.dropped().take();
        drop(dropped);
    }

    fn dropped(&self) -> MutexGuard<'_, Option<Vec<Dropped>>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    /// Wakes the background, which ends with the last handle.
    fn drop(&mut self) {
        self.register.changed.notify_one();
    }
}

pub(crate) fn writer_dropped() -> Outcome {
    Outcome::Failed { reason: "the writer was dropped".to_owned() }
}

/// Returns the time in ms since 1970.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
