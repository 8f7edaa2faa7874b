//! An admitted stream.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::task::coop::unconstrained;

use super::slots::{Place, Slot};
use crate::{
    Event,
    body::{Append, BodyItem},
};

pin_project! {
    /// A stream that a [`Limiter`](crate::Limiter) admitted. It keeps its place until it has ended or was
    /// dropped.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sse_core::AdmitError> {
    /// use sse_core::{Event, Limiter};
    /// use tokio_stream::{StreamExt, iter};
    ///
    /// let limiter = Limiter::new(10);
    /// let mut events = limiter.admit(iter([Event::data("a")]))?;
    /// assert_eq!(events.next().await, Some(Event::data("a")));
    /// assert_eq!(limiter.open_streams(), 1);
    /// assert_eq!(events.next().await, None);
    /// assert_eq!(limiter.open_streams(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Admitted<S> {
        // `None` once the stream has ended. It is declared before the slot, so that it is dropped before
        // its place is free.
        #[pin]
        stream: Option<S>,
        slot: Option<Slot>,
        // The reconnection time that a stream receives if it was not admitted, or was displaced.
        retry: Option<Duration>,
    }
}

impl<S> Admitted<S> {
    pub(super) fn new(stream: S, place: Place) -> Self {
        match place {
            Place::Taken(slot) => Self { stream: Some(stream), slot: Some(slot), retry: None },
            Place::RetryAfter(time) => Self { stream: None, slot: None, retry: Some(time) },
        }
    }
}

/// Yields the items of the admitted stream. If a later stream displaces it, the last item is an event with
/// only a reconnection time.
impl<S> Stream for Admitted<S>
where
    S: Stream,
    S::Item: BodyItem,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        // This comes before the items, because a source that is always ready must not hold it up.
        if let Some(displaced) = this.slot.as_mut().and_then(|slot| slot.displaced.as_mut())
            // Unconstrained, because a task that has used up its budget would poll without end.
            && let Poll::Ready(Ok(time)) = pin!(unconstrained(displaced)).poll(cx)
        {
            this.stream.set(None);
            *this.slot = None;
            *this.retry = Some(time);
        }
        if let Some(time) = this.retry.take() {
            return Poll::Ready(Some(S::Item::from_event(Event::new().retry(time))));
        }
        let Some(stream) = this.stream.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let item = ready!(stream.poll_next(cx));
        if item.is_none() {
            this.stream.set(None);
            *this.slot = None;
        }
        Poll::Ready(item)
    }
}
