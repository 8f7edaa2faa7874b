//! Ends all open streams before the server stops.

mod wakers;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use self::wakers::Wakers;
use crate::{Drain, DrainReport, Ending, window::later};

/// Ends all open streams before the server stops.
///
/// A server's graceful shutdown waits for open responses, and an event stream has no end of its own.
/// So the streams are ended first: [`begin`](Self::begin) asks every stream of the server to end after its
/// next batch of events, with the reconnection time for its client; [`Ending`] chooses another way per
/// stream. Requests that
/// arrive meanwhile get an event stream that holds only that line, so that browsers reconnect too: any
/// status but 200 would close their EventSource permanently. ([`Ending::WhenFinished`] answers 503.)
///
/// [`Serve`](crate::Serve) does this at Ctrl-C and SIGTERM. Give it a `Shutdown` of your own, by
/// [`Serve::shutdown`](crate::Serve::shutdown), to ask in a readiness check whether the server drains, or to
/// begin a drain yourself. Cloning gives another handle to the same streams.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use sse_core::{Drain, Shutdown};
///
/// let shutdown = Shutdown::new();
/// let report = shutdown.begin(Drain::default()).await;
/// assert_eq!(report.abandoned, 0);
/// # }
/// ```
#[derive(Clone)]
pub struct Shutdown(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Same as `Streams::plan.is_some()`, to be read without the lock.
    draining: AtomicBool,
    streams: Mutex<Streams>,
    /// Notified when a drain begins.
    begun: Notify,
    /// Notified when the last stream has left during a drain.
    empty: Notify,
}

#[derive(Default)]
struct Streams {
    open: Wakers,
    plan: Option<Plan>,
    /// How many have left since the drain began.
    ended: usize,
    /// How many of these had not finished.
    unfinished: usize,
}

/// A drain that has begun.
struct Plan {
    drain: Drain,
    began: Instant,
    deadline: Instant,
}

impl Shutdown {
    /// Makes one that has no streams yet.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Begins to end all streams; awaits until none is left, at the latest until the deadline.
    ///
    /// The drain begins with this call, whether or not the future is awaited. When one has begun
    /// before, that one goes on and the future waits for it.
    ///
    /// # Cancel safety
    /// A dropped future stops nothing.
    pub fn begin(&self, drain: Drain) -> impl Future<Output = DrainReport> + Send + use<> {
        let mut streams = self.0.lock();
        let first = streams.plan.is_none();
        let deadline = streams.plan.get_or_insert_with(|| Plan::new(drain)).deadline;
        self.0.draining.store(true, Ordering::Release);
        drop(streams);
        if first {
            self.0.wake_all();
            self.0.begun.notify_waiters();
        }
        let inner = Arc::clone(&self.0);
        async move {
            let _ = timeout_at(deadline, inner.emptied()).await;
            let streams = inner.lock();
            let Streams { ended, unfinished, .. } = *streams;
            let abandoned = streams.open.len();
            if abandoned > 0 {
                tracing::warn!(
                    abandoned,
                    "streams left at the drain's deadline; their clients probably do not read"
                );
            }
            if unfinished > 0 {
                tracing::warn!(
                    unfinished,
                    "streams cut shortly before the drain's deadline because they had not finished"
                );
            }
            DrainReport { ended, unfinished, abandoned, deadline }
        }
    }

    /// Whether a drain has begun: answer a readiness check with "not ready".
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// Waits until a drain has begun.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn draining(&self) {
        let begun = self.0.begun.notified();
        if !self.is_draining() {
            begun.await;
        }
    }

    /// Returns how many streams are open.
    pub fn open_streams(&self) -> usize {
        self.0.lock().open.len()
    }

    /// Counts a stream as open until it [leaves](Self::leave); it is woken when a drain begins.
    ///
    /// One that has begun before wakes nobody, so look for it after this.
    pub(crate) fn join(&self, waker: Waker) -> u64 {
        self.0.lock().open.insert(waker)
    }

    /// Wakes a stream by another waker from now on. As after [`join`](Self::join), look for a drain
    /// after this.
    pub(crate) fn wake(&self, key: u64, waker: Waker) {
        let replaced = self.0.lock().open.replace(key, waker);
        // A waker's drop may run the executor's code, and that end other streams.
        drop(replaced);
    }

    pub(crate) fn leave(&self, key: u64) {
        let mut streams = self.0.lock();
        let waker = streams.open.remove(key);
        let draining = streams.plan.is_some();
        streams.ended += usize::from(draining);
        let empty = draining && streams.open.is_empty();
        drop(streams);
        if empty {
            self.0.empty.notify_waiters();
        }
        drop(waker);
    }

    /// Counts a stream that a drain ends before it has finished.
    pub(crate) fn count_unfinished(&self) {
        self.0.lock().unfinished += 1;
    }

    /// Whether a drain has reached its deadline.
    pub(crate) fn is_past_deadline(&self) -> bool {
        self.is_draining()
            && self.0.lock().plan.as_ref().is_some_and(|plan| plan.deadline <= Instant::now())
    }

    /// Draws the moment for a stream to end, if a drain has begun.
    pub(crate) fn turn(&self, ending: Ending) -> Option<Instant> {
        self.0.lock().plan.as_ref().map(|plan| later(plan.began, plan.drain.turn(ending)))
    }

    /// Returns the drain that has begun.
    pub(crate) fn drain(&self) -> Option<Drain> {
        self.0.lock().plan.as_ref().map(|plan| plan.drain.clone())
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Streams> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        #[cfg(test)]
        streams.open.begin_hold();
        streams
    }

    /// Wakes all streams that were open when the drain began, a batch at a time, so that streams
    /// which join, leave or change their waker meanwhile wait for one batch at most.
    ///
    /// A cursor over the keys misses no stream. Keys rise and are not used again, so a stream that was
    /// open has a key below `end` and is woken in its turn, unless it leaves before. A stream that joins
    /// during the walk has a higher key, and one that changes its waker may do so behind the cursor:
    /// both look for a drain afterwards, and see it because `draining` was set before.
    fn wake_all(&self) {
        let end = self.lock().open.next_key();
        let mut batch = Vec::with_capacity(WAKE_BATCH);
        let mut from = 0;
        while from < end {
            from = self.lock().open.clone_batch(from..end, &mut batch);
            // A waker may run the executor's code, and that join or end streams.
            batch.drain(..).for_each(Waker::wake);
        }
    }

    async fn emptied(&self) {
        loop {
            // Made before the check, so that a stream which leaves after it is not missed.
            let empty = self.empty.notified();
            if self.lock().open.is_empty() {
                return;
            }
            empty.await;
        }
    }
}

impl Plan {
    fn new(drain: Drain) -> Self {
        let began = Instant::now();
        let deadline = later(began, drain.time_limit());
        Self { drain, began, deadline }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("draining", &self.is_draining())
            .field("open_streams", &self.open_streams())
            .finish()
    }
}

/// The number of wakers that are cloned while the lock is held once, which takes about 10 µs.
const WAKE_BATCH: usize = 256;

#[cfg(test)]
mod tests;
