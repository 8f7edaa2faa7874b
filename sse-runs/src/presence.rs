//! The presence of a reader, which a run's policy counts.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{RunId, inner::Inner};

/// The presence of a reader, from when it has entered until it is dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    inner: Arc<Inner>,
    id: RunId,
    has_entered: bool,
}

impl Presence {
    pub(crate) fn new(inner: &Arc<Inner>, id: RunId) -> Self {
        Self { inner: Arc::clone(inner), id, has_entered: false }
    }

    /// Counts the reader. One that is refused does not count, since it would then leave.
    pub(crate) fn enter(&mut self) {
        let register = &self.inner.register;
        register.ledger().enter(self.id, Instant::now().into_std());
        register.changed.notify_one();
        self.has_entered = true;
    }

    /// Returns the number of the run's newest event.
    pub(crate) fn last(&self) -> u64 {
        self.inner.register.ledger().last(self.id)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.has_entered {
            let register = &self.inner.register;
            register.ledger().leave(self.id, Instant::now().into_std());
            register.changed.notify_one();
        }
    }
}
