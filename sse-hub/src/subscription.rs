//! A subscriber's events, as a stream.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use sse_core::{Event, Frame, LastEventId};

use crate::{
    Gap, OnGap, Snapshot, TopicName,
    hub::Inner,
    on_gap::SnapshotFuture,
    shared::{Found, Slot},
    state::{Cursor, Next, Slices},
};

/// Where a subscription without a last event ID begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the next event.
    #[default]
    Live,
    /// With the oldest event that is kept of any of its topics. Where another of them has lost
    /// events since, a gap event says so at its place under [`OnGap::Oldest`]; under any other policy
    /// it begins behind.
    Earliest,
    /// With so many of the newest events of all its topics together, with gaps as
    /// [`Earliest`](Self::Earliest).
    Last(usize),
}

/// Which events a subscription gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// Every event of its topics.
    #[default]
    All,
    /// The newest of each topic: a slow reader of a ticker passes over what is outdated by the time
    /// it reads. What is passed over is no gap. A browser reads ahead of a tab that is slow, so there
    /// it is the network, or a stream that is polled only now and then, that passes over events.
    Latest,
}

/// A subscriber's events, as a stream: what to give to an adapter's `Sse`.
///
/// A cursor into the hub's log, so replay and live are one; it holds no queue, and a slow reader
/// costs nobody memory. Set it up before its first poll, at which it joins its topics.
///
/// The first item begins with a block of an ID alone, which browsers keep without firing an event: a
/// client that is cut before its first event then still resumes without loss. Where a gap comes first,
/// its event does that. Each item covers what is
/// pending, up to 32 KiB, and is not copied where it lies side by side. The stream ends when the hub
/// has drained.
///
/// # Example
/// ```
/// # use futures_util::StreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::{Event, LastEventId};
/// use sse_hub::{Hub, Start};
///
/// let hub = Hub::new();
/// hub.publish_now("orders", Event::data("1"))?;
///
/// let last_event_id = LastEventId::default(); // from the request
/// let mut events = hub.subscribe("orders")?.resume(last_event_id).start(Start::Earliest);
/// let frame = events.next().await.expect("the hub has not drained");
/// assert!(frame.as_bytes().ends_with(b"data: 1\n\n"));
/// # Ok(()) }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Subscription {
    inner: Arc<Inner>,
    on_gap: OnGap,
    delivery: Delivery,
    phase: Phase,
}

/// What a connection needs only now and then is apart, since there are thousands of them.
enum Phase {
    New(Box<New>),
    Reading(Reader),
    Snapshot(Box<(Reader, Gap, SnapshotFuture)>),
    Done,
}

/// One that has joined its topics.
pub(crate) struct Reader {
    pub(crate) slot: Slot,
    pub(crate) cursor: Cursor,
}

struct New {
    topics: Vec<TopicName>,
    last_event_id: LastEventId,
    start: Start,
}

impl Subscription {
    pub(crate) fn new(inner: Arc<Inner>, topics: Vec<TopicName>) -> Self {
        let last_event_id = LastEventId::default();
        let new = New { topics, last_event_id, start: Start::default() };
        Self {
            inner,
            on_gap: OnGap::default(),
            delivery: Delivery::default(),
            phase: Phase::New(Box::new(new)),
        }
    }

    /// Goes on after the last event that the client has seen; a client that sent no ID begins at
    /// [`start`](Self::start).
    pub fn resume(mut self, last_event_id: impl Into<LastEventId>) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.last_event_id = last_event_id.into();
        }
        self
    }

    /// Sets where a client without a last event ID begins. Default: [`Start::Live`].
    pub fn start(mut self, start: Start) -> Self {
        if let Phase::New(new) = &mut self.phase {
            new.start = start;
        }
        self
    }

    /// Sets what follows the gap event when events are lost. Default: [`OnGap::Oldest`].
    pub fn on_gap(mut self, on_gap: OnGap) -> Self {
        self.on_gap = on_gap;
        self
    }

    /// Sets which events come. Default: [`Delivery::All`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Returns how many events are still to come as of now: 0 before the first poll.
    pub fn lag(&self) -> usize {
        let reader = match &self.phase {
            Phase::Reading(reader) => reader,
            Phase::Snapshot(waiting) => &waiting.0,
            Phase::New(_) | Phase::Done => return 0,
        };
        self.inner.shared.look(|state| state.lag(&reader.cursor))
    }

    /// Joins the topics; returns the first item, which is a gap or begins with the ID alone.
    fn join(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::New(new) = &self.phase else { return Poll::Ready(None) };
        let New { topics, last_event_id, start } = &**new;
        let after_gap = self.on_gap.after_gap();
        let (delivery, id) = (self.delivery, last_event_id.as_str());
        let (reader, opening, gap, next) = self.inner.shared.change(|state, waiters| {
            let slot = waiters.open();
            let (mut cursor, gap) = state.join(&slot, topics, id, *start, after_gap, waiters);
            let opening = state.epoch.id(cursor.position);
            let next = match gap {
                Some(_) => Found::Nothing,
                None => state.read(&mut cursor, delivery, after_gap, MAX_BYTES),
            };
            (Reader { slot, cursor }, opening, gap, next)
        });
        let opening = Event::new().id(opening).encode().into_bytes();
        self.phase = Phase::Reading(reader);
        match (gap, next) {
            (Some(gap), _) | (None, Found::Some(Next::Gap(gap))) => self.tell(gap, cx),
            (
                None,
                Found::All(Next::Events(mut slices)) | Found::Some(Next::Events(mut slices)),
            ) => {
                slices.insert(0, opening);
                Poll::Ready(Some(frame(slices)))
            }
            // What follows, if only the end, is for the next poll.
            (None, _) => Poll::Ready(Some(Frame::from_encoded(opening))),
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Reading(Reader { slot, cursor }) = &mut self.phase else {
            return Poll::Ready(None);
        };
        let after_gap = self.on_gap.after_gap();
        let next = self.inner.shared.poll(slot, cx.waker(), |state, _| {
            state.read(cursor, self.delivery, after_gap, MAX_BYTES)
        });
        match ready!(next) {
            Next::Events(slices) => Poll::Ready(Some(frame(slices))),
            Next::Gap(gap) => self.tell(gap, cx),
            Next::End => {
                self.leave();
                Poll::Ready(None)
            }
        }
    }

    /// Tells the client of a gap, and goes on as it was asked for.
    fn tell(&mut self, gap: Gap, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Reading(Reader { cursor, .. }) = &self.phase else { return Poll::Ready(None) };
        let event = gap.event(&cursor.epoch);
        match &self.on_gap {
            OnGap::Oldest | OnGap::Live => {
                Poll::Ready(Some(event.id(cursor.epoch.id(gap.resumed_at)).encode()))
            }
            OnGap::Snapshot(source) => {
                let future = source.take(&gap);
                if let Phase::Reading(reader) = mem::replace(&mut self.phase, Phase::Done) {
                    self.phase = Phase::Snapshot(Box::new((reader, gap, future)));
                }
                self.snapshot(cx)
            }
            OnGap::Close => {
                self.leave();
                Poll::Ready(Some(event.encode()))
            }
        }
    }

    fn snapshot(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Snapshot(waiting) = &mut self.phase else { return Poll::Ready(None) };
        let (Reader { cursor, .. }, gap, future) = &mut **waiting;
        let Snapshot { mut events, position } = ready!(future.as_mut().poll(cx));
        self.inner.shared.change(|state, _| state.resume_after_snapshot(cursor, position));
        gap.resumed_at = cursor.position;
        // Only the last block has the ID: a client that is cut before it asks for all again.
        events.iter_mut().for_each(|event| event.id = None);
        let last = events.pop().unwrap_or_default().id(cursor.epoch.id(cursor.position));
        let opening = gap.event(&cursor.epoch);
        if let Phase::Snapshot(waiting) = mem::replace(&mut self.phase, Phase::Done) {
            self.phase = Phase::Reading(waiting.0);
        }
        Poll::Ready(Some([&opening].into_iter().chain(&events).chain([&last]).collect()))
    }

    fn leave(&mut self) {
        match mem::replace(&mut self.phase, Phase::Done) {
            Phase::Reading(reader) => self.inner.leave(reader),
            Phase::Snapshot(waiting) => self.inner.leave(waiting.0),
            Phase::New(_) | Phase::Done => {}
        }
    }
}

/// - `Ready(Some(frame))`: one or more whole events.
/// - `Ready(None)`: the hub has drained, or a gap closes the stream.
/// - `Pending`: woken by the next event of one of the topics, or by the drain.
impl Stream for Subscription {
    type Item = Frame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let this = self.get_mut();
        match this.phase {
            Phase::New(_) => this.join(cx),
            Phase::Reading(_) => this.read(cx),
            Phase::Snapshot(..) => this.snapshot(cx),
            Phase::Done => Poll::Ready(None),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.leave();
        self.inner.shared.change(|state, _| state.subscribers -= 1);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

fn frame(mut slices: Slices) -> Frame {
    let bytes = match &mut slices[..] {
        [alone] => mem::take(alone),
        many => many.concat().into(),
    };
    Frame::from_encoded(bytes)
}

/// A frame is not made larger than this, other than by one large event.
const MAX_BYTES: usize = 32 * 1024;
