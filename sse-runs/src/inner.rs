//! The state that all handles to the runs share.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use sse_hub::{Hub, PublishError};
use tokio::time::Instant;

use crate::{Outcome, RunId, ledger::End, register::Register, stored::Stored};

/// The state that all handles to the runs share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) hub: Hub,
    pub(crate) register: Arc<Register>,
}

impl Inner {
    /// Ends a run; returns false if it had ended before.
    pub(crate) fn end(&self, id: RunId, outcome: Outcome) -> Result<bool, PublishError> {
        // First here, so that a writer that the hub refuses finds the outcome.
        if !self.register.end(id, End { outcome: outcome.clone(), at: now() }) {
            return Ok(false);
        }
        let last = self.register.ledger().last(id);
        self.hub.end_now(id.topic(), Stored::end(last, &outcome))?;
        Ok(true)
    }

    /// Ends the runs whose readers are gone; returns when the next one may have to end.
    pub(crate) fn work(&self) -> Option<Instant> {
        let deserted = self.register.ledger().take_deserted(Instant::now().into_std());
        for id in deserted {
            // It fails only if the hub has drained, which ends the readers too.
            let _ = self.end(id, Outcome::Cancelled);
        }
        let mut ledger = self.register.ledger();
        ledger.forget(now());
        ledger.next_deserted().map(Instant::from_std)
    }
}

impl Drop for Inner {
    /// Wakes the background, which ends with the last handle.
    fn drop(&mut self) {
        self.register.changed.notify_one();
    }
}

/// Returns the time in ms since 1970.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
