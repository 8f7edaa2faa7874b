//! The ledger behind its lock, fed by the log, and the tasks that wait for the end of a run.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use sse_hub::backend::{Control, Entry, Noted, Observer};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    Outcome, RunId,
    begin::Begin,
    ledger::{End, Ledger},
    node_id::NodeId,
    signal::Signal,
    stored::Stored,
};

/// The ledger behind its lock, and the writers of this process, which wait for the end of their runs.
///
/// It observes the log of a hub with a backend. In memory, the callers themselves note what they do.
#[derive(Debug)]
pub(crate) struct Register {
    ledger: Mutex<Ledger>,
    writers: Mutex<BTreeMap<RunId, watch::Sender<Option<Outcome>>>>,
    /// Whether entries of the log were missed, so that the notes have to be read again.
    missed: AtomicBool,
    /// Notified when the background may have something to do.
    pub(crate) changed: Notify,
}

impl Register {
    pub(crate) fn new(node: NodeId, remember: Duration) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(node, remember)),
            writers: Mutex::default(),
            missed: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the end of a run that this process writes, once it is known.
    pub(crate) fn watch(&self, id: RunId) -> watch::Receiver<Option<Outcome>> {
        self.writers().entry(id).or_default().subscribe()
    }

    pub(crate) fn forget_writer(&self, id: RunId) {
        self.writers().remove(&id);
    }

    /// Ends a run; returns whether it was the first to do so.
    pub(crate) fn end(&self, id: RunId, end: End) -> bool {
        let outcome = end.outcome.clone();
        let first = self.ledger().end(id, end);
        if first && let Some(writer) = self.writers().get(&id) {
            writer.send_replace(Some(outcome));
        }
        first
    }

    /// Notes the runs that the log remembers. Their entries may be gone, or be read later.
    pub(crate) fn restore(&self, notes: &[Noted]) {
        for Noted { topic, position, note, last } in notes {
            let Some(id) = RunId::of_topic(topic) else { continue };
            let Some(begin) = Begin::decode(note) else { continue };
            let began = begin.began;
            self.ledger().begin(id, begin, *position, now());
            if let Some(last) = last {
                self.end_as(id, Stored::decode(last.clone()), began);
            }
        }
    }

    /// Takes whether the notes have to be read again.
    pub(crate) fn take_missed(&self) -> bool {
        self.missed.swap(false, Relaxed)
    }

    pub(crate) fn note_missed(&self) {
        self.missed.store(true, Relaxed);
        self.changed.notify_one();
    }

    /// Ends a run as its last event says. Another program may have ended its topic.
    fn end_as(&self, id: RunId, last: Stored, began: u64) {
        if let Stored::End { last, outcome, at, .. } = last {
            self.ledger().publish(id, last);
            self.end(id, End { outcome, at });
        } else {
            self.end(id, End { outcome: Outcome::Abandoned, at: began });
        }
    }

    fn run_entry(&self, id: RunId, entry: &Entry) {
        match Control::decode(&entry.body) {
            None => {
                if let Stored::Event { number, .. } = Stored::decode(entry.body.clone()) {
                    self.ledger().publish(id, number);
                }
            }
            Some(Control::Note { note }) => {
                if let Some(begin) = Begin::decode(&note) {
                    self.ledger().begin(id, begin, entry.position, now());
                    self.changed.notify_one();
                }
            }
            Some(Control::End { last }) => {
                self.end_as(id, Stored::decode(last.unwrap_or_default()), 0);
                self.changed.notify_one();
            }
            Some(_) => {}
        }
    }

    fn signal(&self, Signal { node, lease, readers }: Signal) {
        let (mut ledger, now) = (self.ledger(), now());
        ledger.renew(node, lease, now);
        if let Some((run, present)) = readers {
            ledger.announce(node, lease, run, present, now);
        }
        drop(ledger);
        self.changed.notify_one();
    }

    fn writers(&self) -> MutexGuard<'_, BTreeMap<RunId, watch::Sender<Option<Outcome>>>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Register {
    fn entry(&self, entry: &Entry) {
        if let Some(id) = RunId::of_topic(&entry.topic) {
            self.run_entry(id, entry);
        } else if let Some(Control::Signal { body }) = Control::decode(&entry.body)
            && let Some(signal) = Signal::decode(&body)
        {
            self.signal(signal);
        }
    }

    fn lost(&self) {
        self.ledger().renew_all(now());
        self.note_missed();
    }

    fn new_epoch(&self) {
        self.ledger().clear();
        for writer in self.writers().values() {
            writer.send_if_modified(|outcome| {
                let open = outcome.is_none();
                outcome.get_or_insert(Outcome::Abandoned);
                open
            });
        }
        self.changed.notify_one();
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}
