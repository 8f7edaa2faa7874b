//! The presence of a reader, which a run's policy counts.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{RunId, inner::Inner};

/// The presence of a reader, until it is dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    inner: Arc<Inner>,
    id: RunId,
}

impl Presence {
    pub(crate) fn new(inner: &Arc<Inner>, id: RunId) -> Self {
        inner.register.ledger().enter(id, Instant::now().into_std());
        inner.register.changed.notify_one();
        Self { inner: Arc::clone(inner), id }
    }

    /// Returns the number of the run's newest event.
    pub(crate) fn last(&self) -> u64 {
        self.inner.register.ledger().last(self.id)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let register = &self.inner.register;
        register.ledger().leave(self.id, Instant::now().into_std());
        register.changed.notify_one();
    }
}
