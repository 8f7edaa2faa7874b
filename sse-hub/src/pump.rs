//! Wakes many subscribers in the publisher's place.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
};

use crate::{Hub, hub::Inner, shared::Slot, state::Swept};

/// Wakes many subscribers in the publisher's place: spawn it on the runtime that your server runs on.
///
/// A publish wakes all who wait for it, which with 10,000 subscribers to one topic takes a
/// millisecond of the publisher's time. With a pump it leaves all but small topics to that, and
/// returns in microseconds; the subscribers are woken some at a time, so that the first ones
/// are served before the last are woken. Several pumps share the work.
///
/// It resolves when the hub is drained or gone. When it is dropped, publishers wake as before; while
/// it is kept and not polled, subscribers wait.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// tokio::spawn(hub.pump());
/// # }
/// ```
#[must_use = "a pump does nothing unless it is spawned"]
pub struct Pump {
    inner: Weak<Inner>,
    /// From its first poll on.
    slot: Option<Slot>,
}

impl Pump {
    pub(crate) fn new(hub: &Hub) -> Self {
        Self { inner: Arc::downgrade(&hub.0), slot: None }
    }
}

impl Future for Pump {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(inner) = self.inner.upgrade() else { return Poll::Ready(()) };
        let slot = self.slot.get_or_insert_with(|| inner.open_pump());
        let swept =
            inner.shared.poll(slot, cx.waker(), |state, waiters| state.sweep(BATCH, waiters));
        match ready!(swept) {
            // Go on after those that were woken now.
            Swept::Some => cx.waker().wake_by_ref(),
            Swept::All => {}
            Swept::Last => return Poll::Ready(()),
        }
        Poll::Pending
    }
}

impl Inner {
    fn open_pump(&self) -> Slot {
        self.change(|state, waiters| {
            let slot = waiters.open();
            state.open_pump(slot.key());
            slot
        })
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        let (Some(inner), Some(slot)) = (self.inner.upgrade(), &self.slot) else { return };
        inner.change(|state, waiters| {
            state.close_pump(slot.key(), waiters);
            waiters.close(slot);
        });
    }
}

impl fmt::Debug for Pump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump").finish_non_exhaustive()
    }
}

/// So many members are looked at in one go.
const BATCH: usize = 256;
