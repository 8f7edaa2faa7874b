//! Ends the open streams of a server before it stops.

mod wakers;

use std::{
    fmt,
    future::Future,
    mem,
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
use crate::{Drain, DrainReport, Draining, Ending, jitter::later, metrics};

/// Ends the open streams of a server before it stops.
///
/// A server's graceful shutdown waits for open responses, but an event stream usually has no end of its
/// own. Therefore a drain ends the streams first. [`begin`](Self::begin) asks each stream to end when its
/// turn comes, after a whole event and with a reconnection time for its client; [`Ending`] sets another
/// way for a stream to end. A request that arrives meanwhile receives a stream with only the drain's last
/// event and reconnection time, so that browsers reconnect: any status but 200 would close their
/// EventSource permanently (WHATWG HTML 9.2.2). A stream with [`Ending::WhenFinished`] is refused with 503
/// instead.
///
/// [`Serve`](crate::Serve) begins a drain at Ctrl-C and SIGTERM. Pass your own `Shutdown` to
/// [`Serve::shutdown`](crate::Serve::shutdown) to ask in a readiness check whether the server drains, or
/// to begin a drain yourself. A clone is another handle to the same streams.
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
    /// The same as `Streams::plan.is_some()`, but readable without the lock.
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
    /// The number of streams that have left since the drain began.
    ended: usize,
    /// The number of these that had not finished.
    unfinished: usize,
    /// Whether the abandoned streams were counted: several callers may wait for one drain.
    reported: bool,
}

/// A drain that has begun.
struct Plan {
    drain: Drain,
    began: Instant,
    deadline: Instant,
}

impl Shutdown {
    /// Makes a shutdown that has no streams yet.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Shutdown;
    /// let shutdown = Shutdown::new();
    /// assert_eq!(shutdown.open_streams(), 0);
    /// ```
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Begins a drain, and returns a future that waits until all streams have ended, or until the deadline.
    ///
    /// The drain begins with this call, whether or not the future is awaited. If a drain has already begun,
    /// it continues with its own settings, and the future waits for that drain.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future does not stop the drain.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use std::time::Duration;
    /// # use sse_core::{Drain, Shutdown};
    /// # let shutdown = Shutdown::new();
    /// let drain = Drain::default().spread(Duration::from_secs(20)).deadline(Duration::from_secs(25));
    /// let report = shutdown.begin(drain).await;
    /// println!("{} streams ended", report.ended);
    /// # }
    /// ```
    pub fn begin(&self, drain: Drain) -> impl Future<Output = DrainReport> + Send + use<> {
        let mut streams = self.0.lock();
        let first = streams.plan.is_none();
        let deadline = streams.plan.get_or_insert_with(|| Plan::new(drain)).deadline;
        self.0.draining.store(true, Ordering::Release);
        let open = streams.open.len();
        drop(streams);
        if first {
            metrics::drain_gains(open);
            self.0.wake_all();
            self.0.begun.notify_waiters();
        }
        let inner = Arc::clone(&self.0);
        async move {
            let _ = timeout_at(deadline, inner.emptied()).await;
            let mut streams = inner.lock();
            let Streams { ended, unfinished, .. } = *streams;
            let abandoned = streams.open.len();
            let reported = mem::replace(&mut streams.reported, true);
            drop(streams);
            if !reported {
                metrics::drain_abandons(abandoned);
            }
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

    /// Fails once a drain has begun, so that a load balancer sends requests to other nodes.
    ///
    /// A server with a hub also checks `Hub::ready`.
    ///
    /// # Errors
    /// [`Draining`], which becomes a refusal with 503.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Refusal, Shutdown};
    /// /// The handler of `/ready`.
    /// fn ready(shutdown: &Shutdown) -> Result<&'static str, Refusal> {
    ///     shutdown.ready()?;
    ///     Ok("ready")
    /// }
    /// assert!(ready(&Shutdown::new()).is_ok());
    /// ```
    pub fn ready(&self) -> Result<(), Draining> {
        if self.is_draining() { Err(Draining) } else { Ok(()) }
    }

    /// Returns whether a drain has begun.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Shutdown;
    /// assert!(!Shutdown::new().is_draining());
    /// ```
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// Waits until a drain has begun.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future has no effect.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::{Drain, Shutdown};
    /// # let shutdown = Shutdown::new();
    /// # drop(shutdown.begin(Drain::default()));
    /// # let long_task = std::future::pending::<()>();
    /// tokio::select! {
    ///     () = long_task => {}
    ///     () = shutdown.draining() => println!("the server is about to stop"),
    /// }
    /// # }
    /// ```
    pub async fn draining(&self) {
        let begun = self.0.begun.notified();
        if !self.is_draining() {
            begun.await;
        }
    }

    /// Returns the number of open streams.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Shutdown;
    /// # let shutdown = Shutdown::new();
    /// println!("open_streams {}", shutdown.open_streams());
    /// ```
    pub fn open_streams(&self) -> usize {
        self.0.lock().open.len()
    }

    /// Counts a stream as open until it [leaves](Self::leave), and wakes it when a drain begins.
    ///
    /// A drain that began earlier does not wake it, so check [`is_draining`](Self::is_draining) afterwards.
    pub(crate) fn join(&self, waker: Waker) -> u64 {
        let mut streams = self.0.lock();
        let key = streams.open.insert(waker);
        let draining = streams.plan.is_some();
        drop(streams);
        if draining {
            metrics::drain_gains(1);
        }
        key
    }

    /// Replaces the waker of an open stream. As after [`join`](Self::join), check
    /// [`is_draining`](Self::is_draining) afterwards.
    pub(crate) fn wake(&self, key: u64, waker: Waker) {
        let replaced = self.0.lock().open.replace(key, waker);
        // Dropping a waker may run the executor's code, which may end other streams and take the lock.
        drop(replaced);
    }

    pub(crate) fn leave(&self, key: u64) {
        let mut streams = self.0.lock();
        let waker = streams.open.remove(key);
        let draining = streams.plan.is_some();
        streams.ended += usize::from(draining);
        let empty = draining && streams.open.is_empty();
        drop(streams);
        if draining {
            metrics::drain_loses_one();
        }
        if empty {
            self.0.empty.notify_waiters();
        }
        drop(waker);
    }

    /// Counts a stream that a drain ended before it had finished.
    pub(crate) fn count_unfinished(&self) {
        self.0.lock().unfinished += 1;
    }

    /// Returns whether a drain has reached its deadline.
    pub(crate) fn is_past_deadline(&self) -> bool {
        self.is_draining()
            && self.0.lock().plan.as_ref().is_some_and(|plan| plan.deadline <= Instant::now())
    }

    /// Draws the time at which a stream ends, if a drain has begun.
    pub(crate) fn turn(&self, ending: Ending) -> Option<Instant> {
        self.0.lock().plan.as_ref().map(|plan| later(plan.began, plan.drain.turn(ending)))
    }

    /// Returns the settings of the drain, if one has begun.
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

    /// Wakes all streams that were open when the drain began, a batch at a time, so that streams that
    /// join, leave or change their waker meanwhile wait for the lock during one batch at most.
    ///
    /// A cursor over the keys misses no stream. Keys rise and are never reused, so a stream that was open
    /// has a key below `end` and is woken, unless it leaves before the cursor reaches it. A stream that
    /// joins during the walk has a higher key, and one that changes its waker may do so behind the cursor.
    /// Both check for a drain afterwards, and see it because `draining` was set before the walk.
    fn wake_all(&self) {
        let end = self.lock().open.next_key();
        let mut batch = Vec::with_capacity(WAKE_BATCH);
        let mut from = 0;
        while from < end {
            from = self.lock().open.clone_batch(from..end, &mut batch);
            // Waking may run the executor's code, which may join or end streams and take the lock.
            batch.drain(..).for_each(Waker::wake);
        }
    }

    async fn emptied(&self) {
        loop {
            // Created before the check, so that a stream that leaves after the check is not missed.
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

/// The number of wakers that are cloned while the lock is held. Cloning them takes about 10 µs.
const WAKE_BATCH: usize = 256;

#[cfg(test)]
mod tests;
