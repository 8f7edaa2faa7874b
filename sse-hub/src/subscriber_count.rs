//! Watches the number of a topic's subscribers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::{Sleep, sleep};

use crate::{Hub, IntoTopic, SubscribeError, inner::Inner, shared::Slot};

/// The number of a topic's subscribers on this node: a stream that yields the current number, and then the number
/// after each change, at most once a second.
///
/// The first change after a quiet period is reported at once; further changes within a second are reported as one.
/// Clients that constantly connect and leave therefore cost watchers little. [`every`](Self::every) sets another
/// interval. The stream does not identify the subscribers.
///
/// It has to be polled on a Tokio runtime with a timer (feature `tokio`).
///
/// # Example
/// ```
/// # use futures_util::StreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// let mut count = hub.subscriber_count("room")?;
/// assert_eq!(count.next().await, Some(0));
/// # Ok(()) }
/// ```
#[must_use = "streams do nothing unless polled"]
#[derive(Debug)]
pub struct SubscriberCount {
    inner: Arc<Inner>,
    topic: usize,
    slot: Slot,
    seen: Option<usize>,
    interval: Duration,
    /// Delays the next number until the interval has passed. Boxed, since it must not move.
    quiet: Option<Pin<Box<Sleep>>>,
}

impl Hub {
    /// Watches the number of a topic's subscribers.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_core::Event;
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let counts = hub.subscriber_count("room")?;
    /// let events = counts.map(|count| Event::data(count.to_string())); // give it to an adapter's `Sse`
    /// # drop(events);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SubscribeError::Topic`] or [`SubscribeError::HubFull`].
    pub fn subscriber_count(
        &self,
        topic: impl IntoTopic,
    ) -> Result<SubscriberCount, SubscribeError> {
        let name = topic.into_topic().map_err(SubscribeError::Topic)?;
        let topic = self.0.hold(&name).map_err(|limit| SubscribeError::HubFull { limit })?;
        let slot = self.0.change(|_, waiters| waiters.open());
        Ok(SubscriberCount::held(Arc::clone(&self.0), topic, slot))
    }
}

impl SubscriberCount {
    /// Watches a topic that exists.
    pub(crate) fn of(inner: &Arc<Inner>, topic: usize) -> Self {
        let slot = inner.change(|state, waiters| {
            state.hold(topic, &mut waiters.work);
            waiters.open()
        });
        Self::held(Arc::clone(inner), topic, slot)
    }

    fn held(inner: Arc<Inner>, topic: usize, slot: Slot) -> Self {
        Self { inner, topic, slot, seen: None, interval: Duration::from_secs(1), quiet: None }
    }

    /// Sets the shortest time between two numbers. Default: 1 s. With zero, every change is reported, and each
    /// connecting client wakes all watchers.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let count = sse_hub::Hub::new().subscriber_count("room")?.every(Duration::from_secs(10));
    /// # drop(count);
    /// # Ok(()) }
    /// ```
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Returns the current number.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// assert_eq!(sse_hub::Hub::new().subscriber_count("room")?.current(), 0);
    /// # Ok(()) }
    /// ```
    pub fn current(&self) -> usize {
        self.inner.shared.look(|state| state.subscribers_of(self.topic))
    }
}

/// Ends when the hub drains.
impl Stream for SubscriberCount {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let Self { inner, topic, slot, seen, interval, quiet } = &mut *self;
        if quiet.as_mut().is_some_and(|quiet| quiet.as_mut().poll(cx).is_ready()) {
            *quiet = None;
            slot.forget();
        }
        let (wait, key) = (quiet.is_none(), slot.key());
        let count = inner
            .shared
            .poll(slot, cx.waker(), |state, _| state.read_count(*topic, key, *seen, wait));
        count.map(|count| {
            *seen = count;
            if count.is_some() && !interval.is_zero() {
                *quiet = Some(Box::pin(sleep(*interval)));
            }
            count
        })
    }
}

impl Drop for SubscriberCount {
    fn drop(&mut self) {
        let Self { inner, topic, slot, .. } = self;
        inner.change(|state, waiters| {
            state.unwatch(*topic, slot.key(), waiters);
            waiters.close(slot);
        });
    }
}
