//! The events of a run, as a stream.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;
use sse_core::{Decoder, Event, Frame, StreamItem};
use sse_hub::{SubscribeError, Subscription};
use tokio::task::yield_now;

use crate::{RunError, RunEvent, presence::Presence, stored::Stored};

/// The events of a run, as a stream that ends after the run's last event: see [`Runs::read`](crate::Runs::read).
///
/// Each item is an event, or [`RunError::Gone`] if the reader is so slow that events were evicted before it received
/// them, or if the log has lost events that the reader has; the stream ends then. It also ends when the hub has
/// drained.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Reading {
    subscription: Subscription,
    decoder: Decoder,
    ready: VecDeque<RunEvent>,
    /// Events up to this number are skipped.
    after: u64,
    /// The number of the newest event that was read, skipped ones included; 0 before the first.
    number: u64,
    /// The number of the first event that was read.
    first: Option<u64>,
    /// The reason of a gap.
    gap: Option<String>,
    /// Whether the run has ended before the reader's cursor: the log has lost events that the reader has.
    ahead: bool,
    /// Whether nothing follows the ready events.
    closed: bool,
    presence: Presence,
}

impl Reading {
    /// Reads the first events of a subscription, which are ready or do not exist.
    pub(crate) async fn begin(
        subscription: Subscription,
        after: u64,
        presence: Presence,
    ) -> Result<Self, RunError> {
        let mut reading = Self {
            subscription,
            decoder: Decoder::new().max_event_size(usize::MAX),
            ready: VecDeque::new(),
            after,
            number: 0,
            first: None,
            gap: None,
            ahead: false,
            closed: false,
            presence,
        };
        // The opening event comes at once.
        match reading.subscription.next().await {
            Some(frame) => reading.decode(frame),
            None => return Err(RunError::Subscribe(SubscribeError::Drained)),
        }
        while reading.ready.is_empty() && !reading.closed {
            // Resolves at the first poll.
            let polled = poll_fn(|cx| Poll::Ready(reading.subscription.poll_next_unpin(cx))).await;
            match polled {
                Poll::Ready(Some(frame)) => reading.decode(frame),
                Poll::Ready(None) => reading.closed = true,
                Poll::Pending => break,
            }
            // Skipping a long run must not hold up other tasks.
            yield_now().await;
        }
        Ok(reading)
    }

    /// Counts the reader.
    pub(crate) fn entered(mut self) -> Self {
        self.presence.enter();
        self
    }

    /// Puts events before the others.
    pub(crate) fn prepend(&mut self, events: Vec<Event>) {
        for mut event in events.into_iter().rev() {
            event.id = None;
            self.ready.push_front(RunEvent { number: self.after, event, outcome: None });
        }
    }

    /// Returns the events alone, for an adapter's `Sse`.
    ///
    /// # Example
    /// ```
    /// use sse_core::{Event, LastEventId, Refusal};
    /// use sse_hub::Principal;
    /// use sse_runs::{ReadFrom, RunError, Runs};
    /// use futures_core::Stream;
    ///
    /// async fn answer(
    ///     runs: &Runs,
    ///     user: &Principal,
    ///     id: &str,
    ///     last: LastEventId,
    /// ) -> Result<impl Stream<Item = Result<Event, RunError>> + use<>, Refusal> {
    ///     Ok(runs.read(user, id, ReadFrom::After(last)).await?.events())
    /// }
    /// # drop(answer);
    /// ```
    pub fn events(self) -> impl Stream<Item = Result<Event, RunError>> + Send + use<> {
        self.map(|event| event.map(|event| event.event))
    }

    /// The number of the first event that was read, before any was skipped.
    pub(crate) fn first(&self) -> Option<u64> {
        self.first
    }

    /// Whether the run has ended before the reader's cursor.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead
    }

    pub(crate) fn take_gap(&mut self) -> Option<String> {
        self.gap.take()
    }

    /// Whether the run has ended and no event follows.
    pub(crate) fn is_over(&self) -> bool {
        self.closed && self.ready.is_empty()
    }

    fn decode(&mut self, frame: Frame) {
        self.decoder.feed_bytes(frame.into_bytes());
        for item in self.decoder.by_ref() {
            let Ok(StreamItem::Event(event)) = item else { continue };
            let (number, event, outcome) = match Stored::read(event) {
                Stored::Event { number, event } => (number, event, None),
                Stored::End { last, outcome, event, .. } => {
                    self.closed = true;
                    // Its author may have known fewer events than this process does.
                    let last = match self.number {
                        0 => last.max(self.presence.last()),
                        number => last.max(number),
                    };
                    self.ahead = self.after > last + 1;
                    (last + 1, event, Some(outcome))
                }
                Stored::Gap(reason) => {
                    self.gap = Some(reason);
                    continue;
                }
                Stored::Other => continue,
            };
            self.number = number;
            self.first.get_or_insert(number);
            if number > self.after {
                self.ready.push_back(RunEvent { number, event, outcome });
            }
        }
    }
}

/// - `Ready(Some(Ok(event)))`: the next event.
/// - `Ready(Some(Err(gone)))`: events were evicted before this reader received them, or the log has lost some that it
///   has.
/// - `Ready(None)`: the run has ended, events were evicted, or the hub has drained.
/// - `Pending`: woken by the next event.
impl Stream for Reading {
    type Item = Result<RunEvent, RunError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if mem::take(&mut this.ahead) {
                this.closed = true;
                let oldest = this.first.map_or(0, |first| first - 1);
                return Poll::Ready(Some(Err(RunError::Gone { oldest })));
            }
            if this.gap.take().is_some() {
                this.closed = true;
                let oldest =
                    this.ready.front().map_or(this.presence.last(), |event| event.number - 1);
                this.ready.clear();
                return Poll::Ready(Some(Err(RunError::Gone { oldest })));
            }
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if this.closed {
                return Poll::Ready(None);
            }
            match ready!(this.subscription.poll_next_unpin(cx)) {
                Some(frame) => this.decode(frame),
                None => this.closed = true,
            }
        }
    }
}
