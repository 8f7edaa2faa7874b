//! The work of the runs between calls.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{
    StreamExt,
    stream::{self, FuturesUnordered},
};
use sse_hub::PublishError;
use tokio::{
    select,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Outcome, RunId, Runs,
    inner::{Dropped, Inner, now, writer_dropped},
};

impl Runs {
    /// Returns the future that does the work between calls; spawn it once, on a Tokio runtime with a timer.
    ///
    /// It stops runs whose [readers are gone](crate::OnDisconnect), renews the lease of this node, ends the runs of nodes
    /// that are gone, forgets old runs, and does the work of the hub's own [`background`](sse_hub::Hub::background).
    ///
    /// It ends as the hub's does, once the last handle to the runs and to the hub is dropped.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::new(Hub::new());
    /// tokio::spawn(runs.background());
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping it leaves the work undone, as for the hub's background. With a backend, the runs of this node are abandoned
    /// then.
    pub fn background(&self) -> impl Future<Output = ()> + Send + use<> {
        let register = Arc::clone(&self.0.register);
        let (mut background, hub) = (Background::new(&self.0), self.0.hub.background());
        async move {
            let mut hub = pin!(hub);
            while let Some(next) = background.begin_due() {
                select! {
                    () = &mut hub => return,
                    Some(done) = background.tasks.next() => background.note_done(done),
                    () = register.changed.notified() => {}
                    () = sleep_until(next) => {}
                }
            }
            hub.await;
        }
    }
}

/// The tasks of a background.
struct Background {
    runs: Weak<Inner>,
    tasks: FuturesUnordered<Task>,
    /// Whether the runs of other nodes were looked at, when the log was opened.
    opened: bool,
    /// Whether such a task is running.
    renewing: bool,
    judging: bool,
    announcing: bool,
}

type Task = Pin<Box<dyn Future<Output = Done> + Send>>;

/// A task that is done.
enum Done {
    Ended,
    Renewed,
    Judged,
    Announced,
    Restored,
}

impl Background {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.begin_background();
        let (runs, tasks) = (Arc::downgrade(inner), FuturesUnordered::new());
        Self { runs, tasks, opened: false, renewing: false, judging: false, announcing: false }
    }

    /// Begins what is due; returns when there may be more to do, or `None` if the last handle is gone.
    fn begin_due(&mut self) -> Option<Instant> {
        let inner = self.runs.upgrade()?;
        let (register, time) = (&inner.register, Instant::now());
        let std_time = time.into_std();
        let mut next = time + SELDOMEST;
        for Dropped { inner, id } in inner.take_dropped() {
            self.end(inner, id, writer_dropped());
        }
        let deserted = register.ledger().take_deserted(std_time);
        for id in deserted {
            self.end(Arc::clone(&inner), id, Outcome::Cancelled);
        }
        next = earliest(next, register.ledger().next_deserted());
        match inner.log {
            None => {
                let (mut ledger, now) = (register.ledger(), now());
                ledger.forget(now);
                if let Some(at) = ledger.next_forgotten() {
                    // The background wakes in the millisecond after it.
                    next = next.min(time + Duration::from_millis(at.saturating_sub(now) + 1));
                }
            }
            Some(false) => {
                // No other process can write them.
                if !self.opened {
                    let orphans = register.ledger().foreign();
                    for id in orphans {
                        self.end(Arc::clone(&inner), id, Outcome::Abandoned);
                    }
                }
            }
            Some(true) => next = earliest(next, self.begin_due_of_leases(&inner, std_time)),
        }
        self.opened = true;
        if register.take_missed() {
            self.tasks.push(Box::pin(restore(inner)));
        }
        Some(next)
    }

    fn begin_due_of_leases(
        &mut self,
        inner: &Arc<Inner>,
        time: std::time::Instant,
    ) -> Option<std::time::Instant> {
        let mut ledger = inner.register.ledger();
        if !self.announcing {
            let announcements = ledger.announcements();
            if !announcements.is_empty() {
                self.announcing = true;
                self.tasks.push(Box::pin(announce(Arc::clone(inner), announcements)));
            }
        }
        let (renewal, expiry) = (ledger.next_renewal(), ledger.next_expiry());
        drop(ledger);
        let due = |at: Option<std::time::Instant>| at.is_some_and(|at| at <= time);
        if !self.renewing && due(renewal) {
            self.renewing = true;
            self.tasks.push(Box::pin(renew(Arc::clone(inner))));
        }
        if !self.judging && due(expiry) {
            self.judging = true;
            self.tasks.push(Box::pin(judge(Arc::clone(inner), Instant::now())));
        }
        let renewal = renewal.filter(|_| !self.renewing);
        let expiry = expiry.filter(|_| !self.judging);
        [renewal, expiry].into_iter().flatten().min()
    }

    fn end(&self, inner: Arc<Inner>, id: RunId, outcome: Outcome) {
        self.tasks.push(Box::pin(end(inner, id, outcome)));
    }

    fn note_done(&mut self, done: Done) {
        match done {
            Done::Ended | Done::Restored => {}
            Done::Renewed => self.renewing = false,
            Done::Judged => self.judging = false,
            Done::Announced => self.announcing = false,
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(inner) = self.runs.upgrade() {
            inner.stop_background();
        }
    }
}

fn earliest(next: Instant, at: Option<std::time::Instant>) -> Instant {
    at.map_or(next, |at| next.min(Instant::from_std(at)))
}

/// Ends a run, as soon as the log can be reached.
async fn end(inner: Arc<Inner>, id: RunId, outcome: Outcome) -> Done {
    let runs = Arc::downgrade(&inner);
    let mut inner = Some(inner);
    // While it waits, it does not keep the hub.
    while let Some(runs) = inner.take().or_else(|| runs.upgrade()) {
        match runs.end(id, outcome.clone()).await {
            Err(PublishError::Backend(_)) => {}
            _ => break,
        }
        drop(runs);
        sleep(AGAIN).await;
    }
    Done::Ended
}

async fn renew(inner: Arc<Inner>) -> Done {
    if inner.signal(None).await.is_err() {
        drop(inner);
        sleep(AGAIN).await;
    }
    Done::Renewed
}

/// Ends the runs of nodes whose lease has expired. Its own message shows that no renewal was in the log before it.
async fn judge(inner: Arc<Inner>, asked: Instant) -> Done {
    let judged = async {
        inner.signal(None).await?;
        let now = Instant::now().into_std();
        let condemned = inner.register.ledger().condemn(asked.into_std(), now);
        let ends = condemned.into_iter().map(|id| inner.end(id, Outcome::Abandoned));
        let mut ends = stream::iter(ends).buffer_unordered(AT_ONCE);
        while let Some(ended) = ends.next().await {
            ended?;
        }
        Ok::<_, PublishError>(())
    };
    if judged.await.is_err() {
        drop(inner);
        sleep(AGAIN).await;
    }
    Done::Judged
}

async fn announce(inner: Arc<Inner>, announcements: Vec<(RunId, bool)>) -> Done {
    for readers in announcements {
        if inner.signal(Some(readers)).await.is_err() {
            drop(inner);
            sleep(AGAIN).await;
            break;
        }
    }
    Done::Announced
}

/// Reads the notes again, after entries of the log were missed.
async fn restore(inner: Arc<Inner>) -> Done {
    match inner.hub.notes().await {
        Ok(notes) => inner.register.restore(&notes),
        Err(_) => {
            let register = Arc::clone(&inner.register);
            drop(inner);
            sleep(AGAIN).await;
            register.note_missed();
        }
    }
    Done::Restored
}

/// The longest time between two looks, since the clock may be set.
const SELDOMEST: Duration = Duration::from_secs(60);

/// The number of runs of a silent node that are being ended at the same time.
const AT_ONCE: usize = 32;

/// The pause before the next attempt after a failure of the log.
const AGAIN: Duration = Duration::from_secs(1);
