//! Follows the log from a position.

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

/// The state of a tail.
struct Follower {
    queue: Arc<Queue>,
    kept: watch::Receiver<Kept>,
    /// Entries that were fetched and not yet returned.
    entries: VecDeque<Entry>,
    position: u64,
}

/// Follows the log from a position: in memory, or in the file if it is further behind.
pub(crate) fn follow(
    queue: Arc<Queue>,
    kept: watch::Receiver<Kept>,
    after: Position,
) -> TailStream {
    // A journal's positions have no upper half, so one that has is ahead of all.
    let position = if after.upper() == 0 { after.lower() } else { u64::MAX };
    let follower = Follower { queue, kept, entries: VecDeque::new(), position };
    Box::pin(stream::unfold(follower, |mut follower| async {
        Some((follower.next().await, follower))
    }))
}

impl Follower {
    /// Waits for the next entry; indefinitely once the journal has ended.
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
                    // The entries were evicted meanwhile.
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
        let Gone { floor, ended, .. } = gone?;
        self.position = floor.lower();
        Ok(LogEvent::Gap { floor, ended })
    }
}

/// The number of entries to fetch at once.
const BATCH: usize = 256;
