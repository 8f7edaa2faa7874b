//! The stream of snapshots of one viewer.

use std::{
    fmt,
    future::{self, Future},
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use sse_core::Frame;
use tokio::sync::watch;

/// The events of [`Inspector::events`](crate::Inspector::events): a snapshot each second, as one event with JSON.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
/// use sse_core::Refusal;
/// use sse_hub::{Hub, Inspector};
///
/// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(()));
/// let mut snapshots = inspector.events("ada").expect("allowed");
/// let snapshot = snapshots.next().await.expect("a snapshot");
/// assert!(snapshot.as_bytes().starts_with(b"event: snapshot\n"));
/// # Ok(()) }
/// ```
pub struct Snapshots(Pin<Box<dyn Future<Output = Option<Next>> + Send + Sync>>);

type Next = (Frame, watch::Receiver<Frame>);

impl Snapshots {
    pub(super) fn new(mut receiver: watch::Receiver<Frame>) -> Self {
        // The first value is empty, and later ones are shown at once.
        if !receiver.borrow().is_empty() {
            receiver.mark_changed();
        }
        Self(Box::pin(next(receiver)))
    }
}

/// It skips snapshots that the viewer was too slow for.
async fn next(mut receiver: watch::Receiver<Frame>) -> Option<Next> {
    receiver.changed().await.ok()?;
    let frame = receiver.borrow_and_update().clone();
    Some((frame, receiver))
}

impl Stream for Snapshots {
    type Item = Frame;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        match ready!(self.0.as_mut().poll(cx)) {
            Some((frame, receiver)) => {
                self.0 = Box::pin(next(receiver));
                Poll::Ready(Some(frame))
            }
            None => {
                // A future must not be polled again after its end.
                self.0 = Box::pin(future::ready(None));
                Poll::Ready(None)
            }
        }
    }
}

impl fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshots").finish_non_exhaustive()
    }
}
