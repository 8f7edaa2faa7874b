//! A channel from a task to a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::mpsc;

/// Sends events to one response: see `Sse::channel` of the adapters.
///
/// The stream ends when the last sender is dropped. A clone is another sender to the same response.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use sse_core::{Event, channel};
/// use tokio_stream::StreamExt;
///
/// let (sender, mut events) = channel(16);
/// tokio::spawn(async move {
///     for number in 0..3 {
///         if sender.send(Event::data(number.to_string())).await.is_err() {
///             break; // the client has left
///         }
///     }
/// });
/// assert_eq!(events.next().await, Some(Event::data("0")));
/// # }
/// ```
pub struct Sender<T>(mpsc::Sender<T>);

/// The stream of the items that [`Sender`]s send.
///
/// # Example
/// ```
/// # use sse_core::{Event, Receiver, channel};
/// fn progress() -> Receiver<Event> {
///     let (sender, events) = channel(4);
///     std::thread::spawn(move || sender.try_send(Event::data("half done")));
///     events // the stream of a response
/// }
/// ```
pub struct Receiver<T>(mpsc::Receiver<T>);

/// Makes a sender and the stream of its items. At most `capacity` items wait in between; 0 counts as 1.
///
/// With a small capacity, a fast sender waits sooner. A large one keeps more items in memory for a client
/// that reads slowly.
///
/// # Example
/// ```
/// # use sse_core::{Event, TrySendError, channel};
/// let (sender, events) = channel(1);
/// assert_eq!(sender.try_send(Event::data("a")), Ok(()));
/// assert!(matches!(sender.try_send(Event::data("b")), Err(TrySendError::Full(_))));
/// ```
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity.clamp(1, MOST));
    (Sender(sender), Receiver(receiver))
}

impl<T> Sender<T> {
    /// Sends an item, and waits while the channel is full.
    ///
    /// # Errors
    /// [`SendError`] with the item, once the client has left.
    ///
    /// # Cancel safety
    /// Not cancel safe: if the future is dropped before it completes, the item is lost.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::{Event, channel};
    /// # let (sender, events) = channel(1);
    /// # drop(events);
    /// while sender.send(Event::data("tick")).await.is_ok() {}
    /// println!("the client has left");
    /// # }
    /// ```
    pub async fn send(&self, item: T) -> Result<(), SendError<T>> {
        self.0.send(item).await.map_err(|error| SendError(error.0))
    }

    /// Sends an item without waiting.
    ///
    /// # Errors
    /// [`TrySendError`] with the item, if the channel is full or the client has left.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, TrySendError, channel};
    /// # let (sender, _events) = channel(1);
    /// # let position = Event::data("3,4");
    /// match sender.try_send(position) {
    ///     Ok(()) => {}
    ///     Err(TrySendError::Full(_)) => {} // the next position replaces this one
    ///     Err(_) => println!("the client has left"),
    /// }
    /// ```
    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(item).map_err(|error| match error {
            mpsc::error::TrySendError::Full(item) => TrySendError::Full(item),
            mpsc::error::TrySendError::Closed(item) => TrySendError::Closed(item),
        })
    }

    /// Waits until the client has left, or the response has been dropped.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future has no effect.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::{Event, channel};
    /// # let (sender, events) = channel::<Event>(1);
    /// # drop(events);
    /// # let work = std::future::pending::<()>();
    /// tokio::select! {
    ///     () = work => {}
    ///     () = sender.closed() => {} // stop working: the client has left
    /// }
    /// # }
    /// ```
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(cx)
    }
}

/// The error for an item that was not sent, because the client has left.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # use sse_core::{SendError, channel};
/// let (sender, events) = channel(1);
/// drop(events);
/// assert_eq!(sender.send("a").await, Err(SendError("a")));
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// The error for an item that was not sent without waiting.
///
/// # Example
/// ```
/// # use sse_core::{TrySendError, channel};
/// let (sender, events) = channel(1);
/// assert_eq!(sender.try_send("a"), Ok(()));
/// assert_eq!(sender.try_send("b"), Err(TrySendError::Full("b")));
/// drop(events);
/// assert_eq!(sender.try_send("c"), Err(TrySendError::Closed("c")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// The client does not read fast enough: wait with [`Sender::send`], or drop the item.
    Full(T),
    /// The client has left.
    Closed(T),
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("capacity", &self.0.capacity()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(LEFT)
    }
}

impl<T> std::error::Error for SendError<T> {}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => {
                "the channel is full: the client reads more slowly than events are sent"
            }
            Self::Closed(_) => LEFT,
        })
    }
}

impl<T> std::error::Error for TrySendError<T> {}

const LEFT: &str = "the client has left: stop sending";

/// The largest capacity that tokio accepts.
const MOST: usize = tokio::sync::Semaphore::MAX_PERMITS;

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[tokio::test]
    async fn a_channel_holds_as_much_as_it_was_made_for() {
        for (capacity, holds) in [(0, 1), (1, 1), (3, 3), (usize::MAX, 10)] {
            let (sender, mut events) = channel(capacity);
            for number in 0..holds {
                sender.try_send(number).expect("there is room");
            }
            if capacity < 10 {
                assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)), "{capacity}");
                assert_eq!(sender.send(9).now_or_never(), None, "it waits");
            }
            drop(sender);
            let sent: Vec<_> = events.by_ref().collect().await;
            assert_eq!(sent, (0..holds).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_sender_notices_that_the_client_has_left() {
        let (sender, events) = channel(1);
        assert_eq!(sender.closed().now_or_never(), None);
        drop(events);
        sender.closed().await;
        assert_eq!(sender.send(1).await, Err(SendError(1)));
        assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
        assert!(SendError(1).to_string().contains("left"));
    }
}
