//! The journal's thread: all that blocks happens here.

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
    queue::{Append, Gone, Queue, Read, Work, refused},
    settings::Settings,
    store::Store,
};

/// The journal's thread: commits what waits, all of it at once, and reads.
pub(crate) struct Writer {
    queue: Arc<Queue>,
    kept: watch::Sender<Kept>,
    life: Life,
    /// After the store, which writes to it to the end.
    file: JournalFile,
    settings: Settings,
    /// Reads that have failed: they are answered later, so that a tail which tries again at once
    /// does not do so all the time.
    failed: Vec<(Instant, FailedRead)>,
    /// A commit has failed, and until that time none is tried: each one that fails, as on a full
    /// disk, costs a reading of the whole file.
    pause: Option<(String, Instant)>,
}

type FailedRead = (oneshot::Sender<Result<Page, BackendError>>, BackendError);

enum Life {
    Open(Box<Store>),
    /// It has failed, and may be opened again from that time on.
    Closed(String, Instant),
    /// It has failed for good.
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
                // Whoever has given up does not wait for the answer.
                let _ = reply.send(self.gone());
            }
            let now = Instant::now();
            for (_, (reply, error)) in self.failed.extract_if(.., |(at, _)| *at <= now) {
                let _ = reply.send(Err(error));
            }
        }
        if let Life::Open(store) = &mut self.life {
            // If it fails, a crash of the machine that follows is told as a loss.
            let _ = store.end(&self.file);
        }
    }

    /// Commits a batch, and answers it.
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
        // An end refuses what comes after it in the same batch, too.
        let mut ended = store.refused(appends, now).into_iter();
        let (ended, batch): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|_| ended.next() == Some(true));
        answer(ended, |_| Err(BackendError::topic_ended()));
        if batch.is_empty() {
            return;
        }
        let events = batch.iter().map(|append| (&append.topic, &append.body));
        let committed = store.commit(&self.file, events, now);
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

    /// Opens the file again after a failed commit, which tells whether the batch is in it.
    fn recover(&mut self, fault: Fault, before: u64, events: u64) -> Result<(), BackendError> {
        let message = self.text(&fault);
        // What the file shows after a failed sync is the system's memory of it, not the disk.
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

    /// Opens the file again, where nothing of it is open.
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

    /// What is not in the log any more.
    fn gone(&mut self) -> Result<Gone, BackendError> {
        let store = self.store().map_err(|why| refused(&why))?;
        Ok(Gone { floor: Position::new(0, store.state().floor), ended: store.ended() })
    }

    /// The store, opened again if it was closed and the time has come.
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
    /// Whatever ends the thread, nobody waits for it any more.
    fn drop(&mut self) {
        self.queue.close();
        drop(self.queue.next(None));
    }
}

fn answer(batch: Vec<Append>, result: impl Fn(usize) -> Result<Position, BackendError>) {
    for (at, append) in batch.into_iter().enumerate() {
        // Who has given up does not wait for the answer.
        let _ = append.reply.send(result(at));
    }
}

/// So many bytes of events are read in one go, or one event.
const PAGE: usize = 1 << 20;

/// So long after a failure it is tried again.
const AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
