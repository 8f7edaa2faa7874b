//! The journal from outside: what an application, an operator and a crash do to it.
#![allow(clippy::unwrap_used)]

mod batches;
mod contract;
mod damage;
mod ends;
#[cfg(unix)]
mod full;
#[cfg(unix)]
mod kill;
mod opening;
mod reboot;
mod restart;
mod retention;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use bytes::Bytes;
use sse_hub::{Backend, BackendError, TopicName, backend::Entry};
use sse_redb::Journal;
use tempfile::TempDir;

/// A place for a journal, in a folder that goes with it.
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

/// Everything that is kept, read page by page.
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

/// This program again, to run one of its ignored tests with the path of a journal.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("JOURNAL", path);
    command
}

/// The path that a child was given.
fn given() -> Option<PathBuf> {
    std::env::var_os("JOURNAL").map(PathBuf::from)
}
