//! Follows the log from a position on.

use std::{collections::VecDeque, future::pending, sync::Arc};

use futures_util::stream;
use sse_hub::{
    BackendError, Position,
    backend::{Entry, LogEvent, TailStream},
};
use tokio::sync::watch;

use crate::{
    kept::{After, Kept},
    queue::{Gone, Queue},
};

/// Where a tail is.
struct Follower {
    queue: Arc<Queue>,
    kept: watch::Receiver<Kept>,
    /// What was got, and not given yet.
    entries: VecDeque<Entry>,
    position: u64,
}

/// Follows the log from a position on: from memory, or from the file where it is behind.
pub(crate) fn follow(
    queue: Arc<Queue>,
    kept: watch::Receiver<Kept>,
    after: Position,
) -> TailStream {
    // No position has an upper half, so one that has is ahead of all.
    let position = if after.upper() == 0 { after.lower() } else { u64::MAX };
    let follower = Follower { queue, kept, entries: VecDeque::new(), position };
    Box::pin(stream::unfold(follower, |mut follower| async {
        Some((follower.next().await, follower))
    }))
}

impl Follower {
    /// The next entry; for ever none, and no error either, once the journal has ended.
    async fn next(&mut self) -> Result<LogEvent, BackendError> {
        loop {
            if let Some(entry) = self.entries.pop_front() {
                self.position = entry.position.lower();
                return Ok(LogEvent::Entry(entry));
            }
            let after = self.kept.borrow_and_update().after(self.position, BATCH);
            match after {
                After::Entries(entries) => self.entries = entries.into(),
                After::Gone => return self.gap().await,
                After::OnDisk => {
                    let Some(page) = self.queue.ask_read(self.position, BATCH).await else {
                        return pending().await;
                    };
                    let page = page?;
                    let floor = page.floor.lower();
                    // It was trimmed since.
                    if floor > self.position {
                        return self.gap().await;
                    }
                    self.entries = page.entries.into();
                }
                After::Nothing => {
                    if self.kept.changed().await.is_err() {
                        return pending().await;
                    }
                }
            }
        }
    }

    async fn gap(&mut self) -> Result<LogEvent, BackendError> {
        let Some(gone) = self.queue.ask_gone().await else { return pending().await };
        let Gone { floor, ended } = gone?;
        self.position = floor.lower();
        Ok(LogEvent::Gap { floor, ended })
    }
}

/// So many entries are got in one go.
const BATCH: usize = 256;
