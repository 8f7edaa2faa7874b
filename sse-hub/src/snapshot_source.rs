//! The source of snapshots.

use std::{fmt, pin::Pin, sync::Arc};

use crate::{Gap, Snapshot};

/// Returns the state that a client needs after a gap: see [`OnGap::snapshot`](crate::OnGap::snapshot).
#[derive(Clone)]
pub struct SnapshotSource(Arc<Ask>);

type Ask = dyn Fn(&Gap) -> SnapshotFuture + Send + Sync;

pub(crate) type SnapshotFuture = Pin<Box<dyn Future<Output = Snapshot> + Send>>;

impl SnapshotSource {
    pub(crate) fn new<F>(source: impl Fn(&Gap) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Snapshot> + Send + 'static,
    {
        Self(Arc::new(move |gap| Box::pin(source(gap))))
    }

    pub(crate) fn ask(&self, gap: &Gap) -> SnapshotFuture {
        let (source, gap) = (Arc::clone(&self.0), gap.clone());
        // Called at the first poll: if the application panics then, the subscription is in a consistent state.
        Box::pin(async move { source(&gap).await })
    }
}

impl fmt::Debug for SnapshotSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapshotSource")
    }
}
