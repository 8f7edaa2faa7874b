//! The hub's work between calls.

mod ticks;

#[cfg(feature = "metrics")]
use std::time::Duration;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
    time::Instant,
};

use self::ticks::Ticks;
use crate::{
    Backend, backend::CloseFuture, feed::Feed, inner::Inner, metrics, shared::Slot, state::Sweep,
    work::Work,
};

/// The future that does a hub's work between calls. Spawn it once, on the runtime that your server runs on.
///
/// - It wakes large audiences. Waking every waiting subscriber takes a millisecond with 10,000 of them. A publish
///   therefore leaves topics with more than 64 subscribers to the background, and returns in microseconds; the
///   background wakes some at a time, so that the first are served before the last are woken.
/// - It evicts events that are older than [`Retention::age`](crate::Retention::age), by calling
///   [`Hub::tick`](crate::Hub::tick) at least once a second. This needs the feature `tokio`, and a Tokio
///   runtime with a timer to run on; elsewhere, call `tick` yourself.
/// - It follows the backend, if there is one: events reach subscribers only through it. Spawn it within 5 s of
///   opening the hub, and let it run as long as the hub is used. Otherwise subscribing fails, and so does
///   publishing from a process that has subscriptions ([`BackgroundError`](crate::BackgroundError)). A
///   process that only publishes does not need it.
///
/// A hub in memory works without it: publishers then wake all subscribers, and age limits have no effect until the next
/// `tick`.
///
/// It does not keep the hub alive. When the last [`Hub`](crate::Hub), [`Topic`](crate::Topic),
/// [`Subscription`](crate::Subscription) and subscriber count are dropped, it closes the backend and then
/// resolves: threads, files and sockets are released by then. If it is neither polled nor dropped, the subscribers of
/// large topics wait, and with a backend all subscribers do.
///
/// Several background futures share the wake-ups; the first one that is polled follows the backend.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// let background = tokio::spawn(hub.background());
/// // Serve; and at the end, once the server and its handlers are gone:
/// drop(hub);
/// background.await?;
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// Not cancel safe with a backend: dropping it while the hub is in use disconnects the hub from its backend. In memory,
/// publishers take over its work.
#[must_use = "the background of a hub does nothing unless it is spawned"]
pub struct Background {
    hub: Weak<Inner>,
    backend: Option<Arc<dyn Backend>>,
    /// Set at the first poll.
    slot: Option<Slot>,
    /// Set in the first future of a hub that is polled.
    feed: Option<Feed>,
    ticks: Ticks,
    /// When to record the gauges.
    #[cfg(feature = "metrics")]
    scrapes: Ticks,
    /// Set once the hub has ended.
    closing: Option<CloseFuture<'static>>,
}

impl Background {
    pub(crate) fn new(inner: &Arc<Inner>) -> Self {
        inner.change(|state, _| state.count_background());
        Self {
            hub: Arc::downgrade(inner),
            backend: inner.backend.clone(),
            slot: None,
            feed: None,
            ticks: Ticks::default(),
            #[cfg(feature = "metrics")]
            scrapes: Ticks::default(),
            closing: None,
        }
    }

    /// Does what is due; returns whether there is more.
    fn work(&mut self, inner: &Inner, cx: &mut Context<'_>) -> bool {
        let slot = self.slot.get_or_insert_with(|| {
            let (slot, feed) = inner.begin_background();
            self.feed = feed;
            slot
        });
        let mut more = self.feed.is_some();
        for _ in 0..ENTRIES {
            let Some(feed) = &mut self.feed else { break };
            match feed.poll_next(cx) {
                Poll::Ready(Some(mut arrival)) => {
                    if arrival.is_error() {
                        metrics::backend_failed("tail");
                    }
                    let now = Instant::now();
                    inner.change(|state, waiters| arrival.apply(state, now, waiters));
                    for ended in arrival.ended().chunks(Work::STEPS / Work::TOPIC) {
                        inner.change(|state, waiters| state.note_ended(ended, waiters));
                    }
                }
                Poll::Ready(None) => {
                    self.feed = None;
                    inner.change(|state, _| state.stop_following(Instant::now()));
                }
                Poll::Pending => {
                    more = false;
                    break;
                }
            }
        }
        if let Some(every) = inner.tick_every {
            while let Poll::Ready(now) = self.ticks.poll(every, cx) {
                inner.tick(now);
            }
        }
        #[cfg(feature = "metrics")]
        while self.scrapes.poll(RECORD_EVERY, cx).is_ready() {
            inner.record_metrics();
        }
        let swept =
            inner.shared.poll(slot, cx.waker(), |state, waiters| state.sweep(BATCH, waiters));
        // Lets the woken tasks run first.
        more || swept == Poll::Ready(Sweep::More)
    }

    /// Closes the backend.
    fn close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // The tail may hold what the backend is about to release.
        (self.feed, self.slot) = (None, None);
        if let Some(backend) = self.backend.take() {
            self.closing = Some(Box::pin(async move { backend.close().await }));
        }
        if let Some(closing) = &mut self.closing {
            ready!(closing.as_mut().poll(cx));
            self.closing = None;
        }
        Poll::Ready(())
    }
}

impl Future for Background {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(inner) = self.hub.upgrade() else { return self.close(cx) };
        if self.work(&inner, cx) {
            cx.waker().wake_by_ref();
        }
        // If this was the last handle, its drop wakes this task.
        drop(inner);
        Poll::Pending
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let Some(inner) = self.hub.upgrade() else { return };
        inner.change(|state, waiters| {
            state.discount_background();
            if self.feed.is_some() {
                state.stop_following(Instant::now());
            }
            if let Some(slot) = &self.slot {
                state.close_background(slot.key(), waiters);
                waiters.close(slot);
            }
        });
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").finish_non_exhaustive()
    }
}

/// The number of waiting subscribers that one poll looks at.
const BATCH: usize = 256;

/// Gauges are read by scrapes, which are seconds apart.
#[cfg(feature = "metrics")]
const RECORD_EVERY: Duration = Duration::from_secs(1);

/// The number of entries that one poll delivers, so that other tasks have their turn.
const ENTRIES: usize = 256;

#[cfg(all(test, not(loom)))]
mod ends_tests;
#[cfg(all(test, not(loom)))]
mod health_tests;
#[cfg(all(test, not(loom)))]
mod observer_tests;
#[cfg(all(test, not(loom)))]
mod revoke_tests;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(all(test, not(loom), feature = "tickets"))]
mod ticket_tests;
