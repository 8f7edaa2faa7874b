//! The metrics of a journal.

use std::sync::OnceLock;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use sse_redb::{Durability, Journal};

use crate::{Place, append};

/// Returns how often each duration was measured since the last call. Other tests of this program add to it.
fn measured(snapshotter: &Snapshotter, name: &str) -> usize {
    let metrics = snapshotter.snapshot().into_vec().into_iter();
    let values = metrics.filter(|(key, ..)| key.key().name() == name).map(|(_, _, _, value)| value);
    let count = |value| match value {
        DebugValue::Histogram(values) => values.len(),
        DebugValue::Counter(_) | DebugValue::Gauge(_) => 0,
    };
    values.map(count).sum()
}

#[tokio::test]
async fn appends_commits_and_syncs_are_measured() {
    // The journal's thread sees only the recorder of the process.
    static SEEN: OnceLock<Snapshotter> = OnceLock::new();
    let seen = SEEN.get_or_init(|| {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().unwrap();
        snapshotter
    });
    for name in ["sse_redb_append_seconds", "sse_redb_commit_seconds", "sse_redb_sync_seconds"] {
        let place = Place::new();
        let journal = Journal::builder().durability(Durability::Disk).open(&place.path).await;
        let journal = journal.unwrap();
        append(&journal, "data: 1\n\n").await.unwrap();
        assert!(measured(seen, name) >= 1, "{name}");
        journal.close().await;
    }
}
