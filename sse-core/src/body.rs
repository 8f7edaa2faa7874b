//! The body of a response: encodes a stream of events as bytes.

mod batch;
mod clock;
mod cut;
#[cfg(feature = "http-body")]
mod frames;
mod item;
#[cfg(feature = "metrics")]
mod metered;
mod new;
mod observed;
mod open;
mod poll_items;
#[cfg(feature = "tracing")]
mod span;

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use self::{
    batch::Batch,
    clock::{Clock, Due},
    new::New,
    open::Open,
    poll_items::poll_items,
};
use crate::{
    Config, EndReason, Ending, Event, Expiry, Jitter,
    head::Head,
    metrics::{DRAINING, count_rejection},
    scope::{LateScope, Scope},
    settings::Settings,
};

pub(crate) use self::item::sealed::Append;
pub use self::{cut::Cut, item::BodyItem};

pin_project! {
    /// The body of a response: encodes a stream of events as bytes, for an adapter to pass to its
    /// framework.
    ///
    /// It takes a stream of [`Event`], [`Frame`](crate::Frame), or `Result` of either, and yields chunks:
    ///
    /// - The first chunk is ready at the first poll and begins with a `retry` line, unless
    ///   [`Config::without_retry`] is set. The response's headers are therefore sent, and the page's
    ///   `onopen` fires, before the first event.
    /// - Each chunk consists of whole lines, is never empty, and never splits an event. It holds the
    ///   ready events, and is closed at 32 KiB or 256 events. It is also closed after 1 ms, which is
    ///   checked after events 1, 2, 4 and 8 and then after every eighth; the body then wakes its task and
    ///   returns `Pending` once, so that the framework flushes.
    /// - A keep-alive is sent after a silence, never inside an event.
    /// - The body adds no blank line without data before it, because popular readers fire an event for
    ///   every blank line.
    /// - A shutdown, the maximum age, the expiry or an error ends the stream after a whole event. The only error is
    ///   [`Cut`], which occurs only if [`Ending`] asks for it.
    ///
    /// `S` need not be `Send` or `Sync`; an adapter adds the bounds that its framework requires. A body
    /// that is dropped before its first poll, as in the response to a HEAD request, costs nothing and is
    /// not observed.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sse_core::adapter::Cut> {
    /// use std::time::Duration;
    /// use sse_core::{Config, Event, adapter::Body};
    /// use tokio_stream::{StreamExt, iter};
    ///
    /// let config = Config::default().retry(Duration::from_secs(3));
    /// let body = Body::new(iter([Event::data("a"), Event::data("b")])).config(config);
    /// let mut body = std::pin::pin!(body);
    /// let chunk = body.next().await.expect("a chunk")?;
    /// assert_eq!(chunk, "retry: 3000\ndata: a\n\ndata: b\n\n");
    /// assert_eq!(body.next().await, None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Body<S> {
        // `None` once the phase is `Held`.
        #[pin]
        stream: Option<S>,
        #[pin]
        clock: Clock,
        phase: Phase,
        // Whether to hold the body open where it would be cut, because the framework cannot cut a response.
        holds: bool,
    }
}

#[derive(Debug)]
enum Phase {
    /// Not polled yet.
    New(New),
    Open(Open),
    /// Silent until the server closes the connection.
    Held,
    Done,
}

impl<S> Body<S> {
    /// Makes a body with the default configuration.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, adapter::Body};
    /// let body = Body::new(tokio_stream::iter([Event::data("a")]));
    /// ```
    pub fn new(stream: S) -> Self {
        let phase = Phase::New(New::default());
        Self { stream: Some(stream), clock: Clock::default(), phase, holds: false }
    }

    /// Sets the configuration of this response, which overrides that of the [scope](Self::scope). It has
    /// no effect after the first poll.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Event, adapter::Body};
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// let body = Body::new(events).config(Config::default().without_retry());
    /// ```
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.config = Some(config.into());
        }
        self
    }

    /// Sets the server that the body belongs to. It has no effect after the first poll.
    ///
    /// Call this when the framework turns the body into a response: the task that made the stream may
    /// not know its server.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Event, Shutdown, adapter::{Body, Scope}};
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// # let scope = Scope::new(Shutdown::new(), &Config::default());
    /// let (head, body) = Body::new(events).scope(Some(&scope)).into_parts();
    /// ```
    pub fn scope(mut self, scope: Option<&Scope>) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.scope = scope.cloned();
        }
        self
    }

    /// Lets the [`scope`](Self::scope) be set later, for frameworks that know the server only after the
    /// response was made.
    pub fn late_scope(mut self) -> (LateScope, Self) {
        let scope = Arc::default();
        let mut config = None;
        if let Phase::New(new) = &mut self.phase {
            new.late = Some(Arc::clone(&scope));
            config.clone_from(&new.config);
        }
        (LateScope { scope, config }, self)
    }

    /// Uses the default keep-alive if the configuration turns it off, for servers that notice a lost
    /// client only when they write.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, adapter::Body};
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// let body = Body::new(events).require_keep_alive();
    /// ```
    pub fn require_keep_alive(mut self) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.requires_keep_alive = true;
        }
        self
    }

    /// Never fails the body, for frameworks that turn a failed body into a complete response.
    ///
    /// A stream that a drain would [cut](Ending) stays open until its connection closes; any other cut
    /// becomes a complete end.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, adapter::Body};
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// let body = Body::new(events).hold_instead_of_cut();
    /// ```
    pub fn hold_instead_of_cut(mut self) -> Self {
        self.holds = true;
        self
    }

    /// Splits the response into its head and its body.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, adapter::Body};
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// let (head, body) = Body::new(events).into_parts();
    /// assert_eq!(head.status, 200);
    /// ```
    pub fn into_parts(mut self) -> (Head, Self) {
        if let Phase::New(new) = &mut self.phase {
            #[cfg(feature = "tracing")]
            new.span.get_or_insert_with(tracing::Span::current);
            if new.settings().refuses() {
                count_rejection(DRAINING);
                self.phase = Phase::Done;
                return (Head::UNAVAILABLE, self);
            }
        }
        (Head::STREAM, self)
    }
}

/// - `Ready(Some(Ok(chunk)))`: the chunk has whole lines and is not empty.
/// - `Ready(Some(Err(cut)))`: the framework should cut the response; the next poll returns `None`.
/// - `Ready(None)`: the response is complete, even if the client should reconnect.
/// - `Pending`: there is nothing to send; an item, the keep-alive, the maximum age, the expiry or a shutdown
///   wakes the task.
impl<S> Stream for Body<S>
where
    S: Stream,
    S::Item: BodyItem,
{
    type Item = Result<Bytes, Cut>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let mut batch = Batch::default();
        let mut end = None;
        // Whether the timer is set and will wake this task.
        let mut armed = true;

        if let Phase::New(new) = this.phase {
            let open = Open::new(
                new.settings(),
                cx.waker(),
                #[cfg(feature = "tracing")]
                &new.span.take().unwrap_or_else(tracing::Span::current),
            );
            let settings = open.settings();
            // HTML 9.2.3: "Once the user agent has failed the connection, it does not attempt to reconnect."
            // So a request during a drain gets status 200 and an end.
            if settings.shutdown.is_draining() && settings.ending != Ending::WhenFinished {
                end = Some(EndReason::Shutdown);
            } else {
                this.clock.as_mut().start(settings);
                armed = false;
                // HTML 9.2.2: "announce the connection and interpret res's body line by line"
                // The first chunk does not wait for the first event, so that the headers leave.
                if let Some(time) = settings.retry.as_ref().map(Jitter::draw) {
                    batch.push_own(&Event::new().retry(time));
                }
            }
            *this.phase = Phase::Open(open);
        }
        let open = match this.phase {
            Phase::Open(open) => open,
            Phase::Held => return Poll::Pending,
            Phase::New(_) | Phase::Done => return Poll::Ready(None),
        };
        if mem::take(&mut open.flush) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }

        if end.is_none() && open.last.is_none() {
            // These come before the items, because a source that is always ready must not hold them up.
            armed &= open.wake(cx.waker());
            if let Some(turn) = open.poll_drain() {
                this.clock.as_mut().drain(turn, open.settings());
                armed = false;
            }
            let due = this.clock.as_mut().poll(cx, armed, open.settings());
            if due == Due::Notice
                && let Some(event) =
                    open.settings().expiry.as_deref().and_then(Expiry::notice_event)
            {
                batch.push_own(event);
            }
            open.begin_poll();
            #[cfg(feature = "tracing")]
            let _span = open.enter();
            // After the expiry, the client may no longer see the ready events.
            let stream = this.stream.as_mut().as_pin_mut();
            let stream = stream.filter(|_| due != Due::End(EndReason::Expired));
            end = stream.and_then(|stream| poll_items(stream, cx, open, &mut batch)).or(due.end());
            open.end_poll();
            if due == Due::KeepAlive
                && end.is_none()
                && batch.is_empty()
                && let Some(beat) = open.settings().keep_alive.beat()
            {
                batch.push_keep_alive(beat.frame.clone());
            }
        }
        if let Some(reason) = end {
            push_last(&mut batch, reason, open.settings());
            open.last = Some(reason);
            if open.settings().cuts(reason) {
                this.clock.as_mut().wait(BEFORE_CUT);
            }
        }

        if !batch.is_empty() {
            this.clock.wrote();
            open.wrote(&batch);
            return Poll::Ready(Some(Ok(batch.into_bytes())));
        }
        // There is no chunk to flush.
        open.flush = false;
        match open.last {
            None => Poll::Pending,
            Some(reason) => {
                if open.settings().cuts(reason) {
                    ready!(this.clock.as_mut().poll_wait(cx));
                }
                this.phase.end(reason, this.stream, *this.holds)
            }
        }
    }
}

impl Phase {
    /// Ends an open stream and reports its end.
    fn end<S>(
        &mut self,
        reason: EndReason,
        mut stream: Pin<&mut Option<S>>,
        holds: bool,
    ) -> Poll<Option<Result<Bytes, Cut>>> {
        let Self::Open(open) = mem::replace(self, Self::Done) else { return Poll::Ready(None) };
        let cut = open.settings().cuts(reason);
        open.end(reason);
        match (cut, holds, reason) {
            (true, false, _) => Poll::Ready(Some(Err(Cut { reason }))),
            (true, true, EndReason::Shutdown) => {
                // The framework may keep the body for a long time; it must not keep the source's resources.
                stream.set(None);
                *self = Self::Held;
                Poll::Pending
            }
            // HTML 9.2.2: "if res is not a network error, then reestablish the connection"
            _ => Poll::Ready(None),
        }
    }
}

/// Adds the last event and the reconnection time that a drain sends.
fn push_last(batch: &mut Batch, reason: EndReason, settings: &Settings) {
    if reason != EndReason::Shutdown {
        return;
    }
    let Some(drain) = settings.shutdown.drain() else { return };
    if let Some(last) = &drain.last_event
        && settings.ending != Ending::WhenFinished
    {
        batch.push_own(last);
    }
    // HTML 9.2.3: "Wait a delay equal to the reconnection time of the event source."
    // The `retry` line follows the event, because some readers look only at how a block begins.
    batch.push_own(&Event::new().retry(drain.reconnect.draw()));
}

/// The time between the last chunk and the cut.
///
/// A framework drops unwritten bytes when a body fails. Over HTTP/2 another task writes them, so
/// returning `Pending` once is enough only on a single-threaded runtime.
const BEFORE_CUT: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
