//! The journal's behaviour for applications and operators, and after crashes.
#![allow(clippy::unwrap_used)]

mod batches;
mod contract;
mod damage;
mod ends;
#[cfg(unix)]
mod full;
#[cfg(unix)]
mod kill;
#[cfg(feature = "metrics")]
mod metrics;
mod opening;
mod reboot;
mod restart;
mod retention;
mod revoke;
mod runs;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use bytes::Bytes;
use sse_hub::{Backend, BackendError, TopicName, backend::Entry};
use sse_redb::Journal;
use tempfile::TempDir;

/// A path for a journal, in a temporary folder.
struct Place {
    path: PathBuf,
    _folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("events.redb"), _folder: folder }
    }
}

async fn append(journal: &Journal, body: impl Into<Bytes>) -> Result<u64, BackendError> {
    let topic = TopicName::new("a").unwrap();
    journal.append(&topic, body.into()).await.map(|at| at.position.lower())
}

/// Reads everything that is kept, page by page.
async fn all(journal: &Journal) -> Vec<Entry> {
    let mut after = journal.stats().floor;
    let mut entries = Vec::new();
    loop {
        let page = journal.read(after, 1_000).await.unwrap();
        let Some(last) = page.entries.last() else { return entries };
        after = last.position;
        entries.extend(page.entries);
    }
}

/// Returns a command that runs one of this program's ignored tests with the path of a journal.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("JOURNAL", path);
    command
}

/// Returns the path that a child was given.
fn given() -> Option<PathBuf> {
    std::env::var_os("JOURNAL").map(PathBuf::from)
}
