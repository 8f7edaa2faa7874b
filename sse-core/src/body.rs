//! A stream of events as the bytes of a response.

mod batch;
mod clock;
mod item;
mod observed;
mod open;
mod results;

use std::{
    mem,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use self::{
    batch::Batch,
    clock::{Clock, Due},
    item::sealed::Append as _,
    open::Open,
};
use crate::{Config, EndReason, Event, Frame, Head, KeepAlive, config::OnError};

pub use self::{item::BodyItem, results::Results};

pin_project! {
    /// A stream of events as the bytes of a response: what the adapters put into their framework.
    ///
    /// Takes a stream of [`Event`], [`Frame`], or `Result` of either, and is an infallible stream of
    /// chunks:
    ///
    /// - The first comes at once and opens with `retry:`, so headers leave and the page's `onopen`
    ///   fires before there is any event.
    /// - Each chunk is whole events, as many as are ready up to 32 KiB or 256; never empty.
    /// - A keep-alive goes out after a silence, never inside an event.
    /// - A shutdown, the maximum age or an error ends the stream after a complete event.
    ///
    /// There is no bound on `S` to be `Send` or `Sync`: what the framework needs, its adapter asks
    /// for. A body that is dropped before its first poll, as in the answer to a HEAD request, has
    /// cost nothing and is not observed.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::time::Duration;
    /// use sse_core::{Body, Config, Event};
    /// use tokio_stream::{StreamExt, iter};
    ///
    /// let config = Config::default().retry(Duration::from_secs(3));
    /// let body = Body::new(iter([Event::data("a"), Event::data("b")])).with(config);
    /// let mut body = std::pin::pin!(body);
    /// assert_eq!(body.next().await.as_deref(), Some(&b"retry: 3000\n\ndata: a\n\ndata: b\n\n"[..]));
    /// assert_eq!(body.next().await, None);
    /// # }
    /// ```
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Body<S> {
        #[pin]
        stream: S,
        #[pin]
        clock: Clock,
        phase: Phase,
    }
}

#[derive(Debug)]
enum Phase {
    /// Not polled yet.
    New {
        config: Arc<Config>,
        refuse_when_draining: bool,
    },
    Open(Open),
    Done,
}

impl<S> Body<S> {
    /// Makes a body with the [installed](Config::installed) configuration.
    pub fn new(stream: S) -> Self {
        let phase = Phase::New { config: Config::shared(), refuse_when_draining: false };
        Self { stream, clock: Clock::default(), phase }
    }

    /// Uses another configuration. Like all that sets up a body, for before its first poll.
    pub fn with(mut self, with: impl Into<Arc<Config>>) -> Self {
        if let Phase::New { config, .. } = &mut self.phase {
            *config = with.into();
        }
        self
    }

    /// Answers 503 while the server drains, instead of 200 and the end at once.
    ///
    /// For requests that come from `fetch` and not from an EventSource, which gives up for good
    /// after any status but 200.
    pub fn refuse_when_draining(mut self) -> Self {
        if let Phase::New { refuse_when_draining, .. } = &mut self.phase {
            *refuse_when_draining = true;
        }
        self
    }

    /// Uses the default keep-alive if it is off, for servers that notice a lost client only when
    /// they write.
    pub fn require_keep_alive(mut self) -> Self {
        if let Phase::New { config, .. } = &mut self.phase
            && config.keep_alive.beat().is_none()
        {
            *config = Arc::new(Config::clone(config).keep_alive(KeepAlive::default()));
        }
        self
    }

    /// Splits the response into what goes first and what follows.
    pub fn into_parts(mut self) -> (Head, Self) {
        if let Phase::New { config, refuse_when_draining: true } = &self.phase
            && config.shutdown.is_draining()
        {
            self.phase = Phase::Done;
            return (Head::UNAVAILABLE, self);
        }
        (Head::STREAM, self)
    }
}

/// - `Ready(Some(chunk))`: one or more whole events, never empty.
/// - `Ready(None)`: the end, also when the client shall come back.
/// - `Pending`: nothing to send; woken by an item, the keep-alive, the maximum age or a shutdown.
impl<S> Stream for Body<S>
where
    S: Stream,
    S::Item: BodyItem,
{
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut this = self.project();
        let mut batch = Batch::default();
        let mut end = None;
        // Whether the timer is set, and wakes this task.
        let mut armed = true;

        if let Phase::New { config, .. } = this.phase {
            let open = Open::new(Arc::clone(config), cx.waker());
            if open.config().shutdown.is_draining() {
                end = Some(EndReason::Shutdown);
            } else {
                this.clock.as_mut().start(open.config());
                armed = false;
                batch.push_event(&Event::new().retry(open.config().retry.draw()));
            }
            *this.phase = Phase::Open(open);
        }
        let Phase::Open(open) = this.phase else { return Poll::Ready(None) };
        if let Some(reason) = open.last {
            return this.phase.end(reason);
        }

        if end.is_none() {
            // Before the items: a source that is always ready must not hold these up.
            armed &= open.wake(cx.waker());
            if let Some(turn) = open.poll_drain() {
                this.clock.as_mut().drain(turn, open.config());
                armed = false;
            }
            let due = this.clock.as_mut().poll(cx, armed, open.config());
            end = poll_items(this.stream, cx, open.config(), &mut batch).or(due.end());
            if due == Due::KeepAlive
                && end.is_none()
                && batch.is_empty()
                && let Some(beat) = open.config().keep_alive.beat()
            {
                batch.push_frame(beat.frame.clone());
            }
        }
        if end == Some(EndReason::Shutdown)
            && let Some(drain) = open.config().shutdown.drain()
        {
            batch.push_event(&Event::new().retry(drain.reconnect.draw()));
            if let Some(last) = &drain.last_event {
                batch.push_event(last);
            }
        }

        if batch.is_empty() {
            return match end {
                Some(reason) => this.phase.end(reason),
                None => Poll::Pending,
            };
        }
        let chunk = batch.into_bytes();
        this.clock.wrote();
        open.wrote(chunk.len());
        open.last = end;
        Poll::Ready(Some(chunk))
    }
}

impl Phase {
    /// Reports the end of an open stream.
    fn end(&mut self, reason: EndReason) -> Poll<Option<Bytes>> {
        if let Self::Open(open) = mem::replace(self, Self::Done) {
            open.end(reason);
        }
        Poll::Ready(None)
    }
}

/// Takes what is ready, as much as goes into one chunk; returns why the stream ends, if it does.
fn poll_items<S>(
    mut stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    config: &Config,
    batch: &mut Batch,
) -> Option<EndReason>
where
    S: Stream,
    S::Item: BodyItem,
{
    for _ in 0..MAX_ITEMS {
        match stream.as_mut().poll_next(cx) {
            Poll::Ready(Some(item)) => {
                if let Err(error) = item.append(batch) {
                    tracing::error!(%error, "an event stream ended with an error");
                    if config.on_error == OnError::Event {
                        batch.push_frame(STREAM_ERROR.clone());
                    }
                    return Some(EndReason::Error);
                }
                if batch.len() >= MAX_BYTES {
                    break;
                }
            }
            Poll::Ready(None) => return Some(EndReason::Finished),
            Poll::Pending => return None,
        }
    }
    if batch.is_empty() {
        // Nothing to return, and nobody else would wake us.
        cx.waker().wake_by_ref();
    }
    None
}

/// A chunk is closed once it has this many bytes: about what a socket takes in one write.
const MAX_BYTES: usize = 32 * 1024;

/// A chunk is closed once it has this many items, so that a source which is always ready, even with
/// items of no bytes, leaves the executor to others.
const MAX_ITEMS: usize = 256;

/// The data is constant: what went wrong is for the log, not for the client.
static STREAM_ERROR: LazyLock<Frame> =
    LazyLock::new(|| Event::data("the stream failed").event("stream-error").encode());

#[cfg(test)]
mod tests;
