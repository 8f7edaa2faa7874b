//! The queue of work for the journal's thread.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use sse_hub::{
    BackendError, Position, TopicName,
    backend::{Ended, Noted, Page},
};
use tokio::sync::oneshot;

/// The queue of work for the journal's thread: appends, bounded in bytes, and reads.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    work: Work,
    bytes: usize,
    closed: bool,
}

/// The work that the thread takes at once.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) appends: Vec<Append>,
    pub(crate) reads: Vec<Read>,
    /// Questions about what the log no longer holds.
    pub(crate) gone: Vec<oneshot::Sender<Result<Gone, BackendError>>>,
}

#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) topic: TopicName,
    pub(crate) body: Bytes,
    pub(crate) reply: oneshot::Sender<Result<Position, BackendError>>,
}

#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) after: u64,
    pub(crate) max: usize,
    pub(crate) reply: oneshot::Sender<Result<Page, BackendError>>,
}

/// What the log no longer holds.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(crate) floor: Position,
    /// The topics that ended at or before the floor.
    pub(crate) ended: Vec<Ended>,
    /// The notes of topics, whose entries may be gone.
    pub(crate) notes: Vec<Noted>,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.appends.is_empty() && self.reads.is_empty() && self.gone.is_empty()
    }
}

impl Queue {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Condvar::new(), max_bytes }
    }

    /// Adds appends, which are committed together. They are taken whatever their size if no other append is waiting.
    pub(crate) fn append(&self, appends: Vec<Append>) -> Result<(), BackendError> {
        let size = |append: &Append| append.body.len() + append.topic.len();
        let len: usize = appends.iter().map(size).sum();
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(refused("the journal is closed"));
        }
        if appends.iter().any(|append| size(append) > MAX_EVENT) {
            return Err(refused("the event is larger than 1 GiB, the limit of a journal"));
        }
        if waiting.bytes > 0 && waiting.bytes + len > self.max_bytes {
            return Err(refused(&format!(
                "{} bytes wait to be written; publish less or retry later, or raise JournalBuilder::max_waiting_bytes",
                waiting.bytes
            )));
        }
        waiting.bytes += len;
        waiting.work.appends.extend(appends);
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    fn read(&self, read: Read) -> Result<(), BackendError> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(refused("the journal is closed"));
        }
        waiting.work.reads.push(read);
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// Asks the journal's thread to read; returns `None` if the journal has ended.
    pub(crate) async fn ask_read(
        &self,
        after: u64,
        max: usize,
    ) -> Option<Result<Page, BackendError>> {
        let (reply, answer) = oneshot::channel();
        self.read(Read { after, max, reply }).ok()?;
        answer.await.ok()
    }

    /// Asks the journal's thread for what is gone; returns `None` if the journal has ended.
    pub(crate) async fn ask_gone(&self) -> Option<Result<Gone, BackendError>> {
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return None;
            }
            waiting.work.gone.push(reply);
        }
        self.changed.notify_one();
        answer.await.ok()
    }

    /// Refuses further work. Work that already waits is still done.
    pub(crate) fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_one();
    }

    /// Waits for work, indefinitely or until a time. Returns `None` once the queue is closed and empty.
    pub(crate) fn next(&self, until: Option<Instant>) -> Option<Work> {
        let mut waiting = self.waiting();
        loop {
            if !waiting.work.is_empty() {
                waiting.bytes = 0;
                return Some(mem::take(&mut waiting.work));
            }
            if waiting.closed {
                return None;
            }
            waiting = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Some(Work::default()),
                Some(left) => {
                    let woken = self.changed.wait_timeout(waiting, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error of an operation that was not attempted.
pub(crate) fn refused(message: &str) -> BackendError {
    BackendError::new(message)
}

/// Keeps the file within the growth that opening it accepts.
const MAX_EVENT: usize = 1 << 30;
