//! A handle that ends one subscription.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};

use crate::shared::{Found, Shared, Slot};

/// Ends one subscription from outside: see [`Subscription::handle`](crate::Subscription::handle).
///
/// It does not keep the subscription or the hub alive. A clone is another handle to the same subscription.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashMap;
///
/// use sse_hub::{Hub, SubscriptionHandle};
///
/// let hub = Hub::new();
/// let mut sessions: HashMap<u64, SubscriptionHandle> = HashMap::new();
/// let mut subscription = hub.subscribe("orders")?;
/// sessions.insert(7, subscription.handle());
/// // When session 7 signs out:
/// if let Some(handle) = sessions.remove(&7) {
///     handle.end();
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SubscriptionHandle(Arc<Shared<Ending>>);

/// The subscription's side of its handles.
#[derive(Debug)]
pub(crate) struct Ends {
    ending: Arc<Shared<Ending>>,
    slot: Slot,
}

#[derive(Debug)]
struct Ending {
    ended: bool,
    /// The subscription's slot.
    slot: usize,
}

impl SubscriptionHandle {
    /// Ends the subscription: its stream ends at its next poll, after a whole event. Does nothing if it has ended.
    ///
    /// An EventSource then reconnects. To stop it, refuse the client's next request, for example with 204.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut subscription = sse_hub::Hub::new().subscribe("orders")?;
    /// subscription.handle().end();
    /// assert_eq!(subscription.next().await, None);
    /// # Ok(()) }
    /// ```
    pub fn end(&self) {
        self.0.change(|ending, waiters| {
            // Its slot is closed once it has ended.
            if !mem::replace(&mut ending.ended, true) {
                waiters.wake(ending.slot);
            }
        });
    }
}

impl Ends {
    pub(crate) fn new() -> Self {
        let ending = Arc::new(Shared::new(Ending { ended: false, slot: 0 }));
        let slot = ending.change(|ending, waiters| {
            let slot = waiters.open();
            ending.slot = slot.key();
            slot
        });
        Self { ending, slot }
    }

    pub(crate) fn handle(&self) -> SubscriptionHandle {
        SubscriptionHandle(Arc::clone(&self.ending))
    }

    /// Ready once a handle has ended the subscription.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { ending, slot } = self;
        ending.poll(slot, cx.waker(), |ending, _| match ending.ended {
            true => Found::More(()),
            false => Found::Nothing,
        })
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        let Self { ending, slot } = self;
        ending.change(|ending, waiters| {
            ending.ended = true;
            waiters.close(slot);
        });
    }
}

impl fmt::Debug for SubscriptionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionHandle").finish_non_exhaustive()
    }
}
