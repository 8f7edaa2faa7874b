//! The journal's thread, which does all blocking work.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sse_hub::{
    BackendError, Position,
    backend::{Entry, Page},
};
use tokio::sync::{oneshot, watch};

use crate::{
    fault::Fault,
    file::JournalFile,
    kept::Kept,
    metrics::Timer,
    queue::{Append, Gone, Queue, Read, Work, refused},
    settings::Settings,
    store::Store,
};

/// The journal's thread: commits all pending appends at once, and reads.
pub(crate) struct Writer {
    queue: Arc<Queue>,
    kept: watch::Sender<Kept>,
    life: Life,
    /// Declared after the store, so that it is dropped after the store's last write.
    file: JournalFile,
    settings: Settings,
    /// Failed reads, which are answered after a pause, so that a tail that retries at once does not spin.
    failed: Vec<(Instant, FailedRead)>,
    /// Set after a failed commit: until this time none is tried. Each failed commit, as on a full disk, costs
    /// reading the whole file.
    pause: Option<(String, Instant)>,
}

type FailedRead = (oneshot::Sender<Result<Page, BackendError>>, BackendError);

enum Life {
    Open(Box<Store>),
    /// It failed, and may be opened again from this time on.
    Closed(String, Instant),
    /// It failed permanently.
    Lost(String),
}

impl Writer {
    pub(crate) fn new(
        queue: Arc<Queue>,
        kept: watch::Sender<Kept>,
        file: JournalFile,
        store: Store,
        settings: Settings,
    ) -> Self {
        Self {
            queue,
            kept,
            file,
            settings,
            life: Life::Open(Box::new(store)),
            failed: Vec::new(),
            pause: None,
        }
    }

    /// Runs until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        #[cfg(feature = "tracing")]
        let _span = tracing::info_span!("journal", path = %self.file.path.display()).entered();
        while let Some(Work { appends, reads, gone }) =
            self.queue.next(self.failed.first().map(|(at, _)| *at))
        {
            if !appends.is_empty() {
                self.append(appends);
            }
            for read in reads {
                self.read(read);
            }
            for reply in gone {
                // A cancelled caller does not wait for the answer.
                let _ = reply.send(self.gone());
            }
            let now = Instant::now();
            for (_, (reply, error)) in self.failed.extract_if(.., |(at, _)| *at <= now) {
                let _ = reply.send(Err(error));
            }
        }
        if let Life::Open(store) = &mut self.life {
            // If it fails, a later crash of the machine is reported as a loss.
            let _ = store.end(&self.file);
        }
    }

    /// Commits a batch, and answers its publishers.
    fn append(&mut self, batch: Vec<Append>) {
        if let Err(why) = self.store() {
            return answer(batch, |_| Err(refused(&why)));
        }
        if let Some((why, until)) = &self.pause
            && Instant::now() < *until
        {
            return answer(batch, |_| Err(refused(why)));
        }
        let Life::Open(store) = &mut self.life else { unreachable!("a store is an open one") };
        let (before, now) = (store.state().head, self.settings.now());
        let appends = batch.iter().map(|append| (&append.topic, &append.body));
        // An end also refuses later appends to its topic in the same batch.
        let mut ended = store.refused(appends, now).into_iter();
        let (ended, batch): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|_| ended.next() == Some(true));
        answer(ended, |_| Err(BackendError::topic_ended()));
        if batch.is_empty() {
            return;
        }
        let events = batch.iter().map(|append| (&append.topic, &append.body));
        let timer = Timer::begin();
        let committed = store.commit(&self.file, events, now);
        timer.committed();
        let outcome = committed.or_else(|fault| self.recover(fault, before, batch.len() as u64));
        match outcome {
            Ok(()) => {
                let entries = batch.iter().zip(before + 1..).map(|(append, position)| Entry {
                    position: Position::new(0, position),
                    topic: append.topic.clone(),
                    body: append.body.clone(),
                });
                self.show(entries.collect());
                answer(batch, |at| Ok(Position::new(0, before + 1 + at as u64)));
            }
            Err(error) => answer(batch, |_| Err(error.clone())),
        }
    }

    /// Opens the file again after a failed commit, to find out whether the batch is in it.
    fn recover(&mut self, fault: Fault, before: u64, events: u64) -> Result<(), BackendError> {
        let message = self.text(&fault);
        // After a failed sync, the file shows what the system has in memory, which may not be on disk.
        if let Fault::Unsynced(_) = fault {
            self.life = Life::Lost(message.clone());
            return Err(BackendError::new(message).may_be_stored(true));
        }
        let start = Instant::now();
        self.life = Life::Closed(message.clone(), start);
        self.reopen();
        match &self.life {
            Life::Open(store) if store.state().head == before + events => Ok(()),
            Life::Open(store) => {
                let pause = AGAIN.max(start.elapsed());
                self.pause = Some((message.clone(), Instant::now() + pause));
                Err(BackendError::new(message).may_be_stored(store.state().head != before))
            }
            Life::Closed(..) | Life::Lost(_) => Err(BackendError::new(message).may_be_stored(true)),
        }
    }

    /// Opens the file again; the store must be closed.
    fn reopen(&mut self) {
        let Settings { durability, bounds, boot, .. } = &self.settings;
        let opened = Store::open(&self.file, *durability, *bounds, boot);
        self.life = match opened {
            Ok(store) => Life::Open(Box::new(store)),
            Err(fault @ Fault::Unsynced(_)) => Life::Lost(self.text(&fault)),
            Err(fault) => Life::Closed(self.text(&fault), Instant::now() + AGAIN),
        };
    }

    fn text(&self, fault: &Fault) -> String {
        format!("journal {}: {fault}", self.file.path.display())
    }

    fn read(&mut self, Read { after, max, reply }: Read) {
        let page = match self.store() {
            Ok(store) => {
                let floor = Position::new(0, store.state().floor);
                let entries = store.read(after, max, PAGE);
                let why = |fault| format!("journal {}: {fault}", self.file.path.display());
                entries.map(|entries| Page { floor, entries }).map_err(why)
            }
            Err(why) => Err(why),
        };
        match page {
            Ok(page) => drop(reply.send(Ok(page))),
            Err(why) => {
                if let Life::Open(_) = self.life {
                    self.life = Life::Closed(why.clone(), Instant::now() + AGAIN);
                }
                self.failed.push((Instant::now() + AGAIN, (reply, refused(&why))));
            }
        }
    }

    /// What the log no longer holds.
    fn gone(&mut self) -> Result<Gone, BackendError> {
        let store = self.store().map_err(|why| refused(&why))?;
        let floor = Position::new(0, store.state().floor);
        Ok(Gone { floor, ended: store.ended(), notes: store.notes() })
    }

    /// Returns the store, and opens it again if its pause is over.
    fn store(&mut self) -> Result<&mut Store, String> {
        if let Life::Closed(_, from) = &self.life
            && *from <= Instant::now()
        {
            self.reopen();
            self.show(Vec::new());
        }
        match &mut self.life {
            Life::Open(store) => Ok(store),
            Life::Closed(why, _) | Life::Lost(why) => Err(why.clone()),
        }
    }

    fn show(&mut self, entries: Vec<Entry>) {
        if let Life::Open(store) = &self.life {
            let file_bytes = self.file.len().unwrap_or_default();
            self.kept.send_modify(|kept| kept.commit(store.state(), file_bytes, entries));
        }
    }
}

impl Drop for Writer {
    /// Whatever ends the thread, no caller keeps waiting for it.
    fn drop(&mut self) {
        self.queue.close();
        drop(self.queue.next(None));
    }
}

fn answer(batch: Vec<Append>, result: impl Fn(usize) -> Result<Position, BackendError>) {
    for (at, append) in batch.into_iter().enumerate() {
        // A cancelled publisher does not wait for the answer.
        let _ = append.reply.send(result(at));
    }
}

/// A page holds at most this many bytes of events, or one event.
const PAGE: usize = 1 << 20;

/// The pause before the next attempt after a failure.
const AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
