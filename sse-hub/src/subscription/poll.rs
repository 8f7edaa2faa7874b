//! What a subscription delivers when it is polled.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use sse_core::{Event, Frame};

use super::{
    Subscription,
    phase::{New, Phase},
};
use crate::{
    Delivery, Gap, OnGap, Snapshot,
    log::Slice,
    metrics::{self, Began, Published},
    shared::Found,
    state::{Cursor, Join, Joined, Next, Reader, Slices},
};

/// - `Ready(Some(frame))`: one or more whole events.
/// - `Ready(None)`: all topics have ended, the hub has drained, a handle has ended the subscription, its principal was
///   revoked, or a gap closes the stream.
/// - `Pending`: woken by the next event or the end of one of the topics, by the drain, by a handle, or by the
///   revocation.
impl Stream for Subscription {
    type Item = Frame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let this = self.get_mut();
        if this.ends.as_mut().is_some_and(|ends| ends.poll(cx).is_ready()) {
            this.leave();
            return Poll::Ready(None);
        }
        let polled = match this.phase {
            Phase::New(_) => this.begin(cx),
            Phase::Joining(_) => this.join(cx),
            Phase::Reading(_) => this.read(cx),
            Phase::Snapshot(..) => this.snapshot(cx),
            Phase::Done => Poll::Ready(None),
        };
        #[cfg(feature = "inspector")]
        this.count_polled(&polled);
        polled
    }
}

impl Subscription {
    /// Begins to join the topics.
    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::New(new) = mem::replace(&mut self.phase, Phase::Done) else {
            return Poll::Ready(None);
        };
        let registration = self.registration;
        let reader = self.inner.change(|state, waiters| {
            let slot = waiters.open();
            registration.iter().for_each(|key| state.enter(*key, slot.key()));
            let cursor = Cursor::new(&slot, state.epoch().clone());
            Reader { slot, cursor }
        });
        self.phase = Phase::Joining(Box::new((*new, reader)));
        self.join(cx)
    }

    /// Joins the topics; returns the first item, which begins with a gap or the opening event.
    fn join(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Joining(joining) = &mut self.phase else { return Poll::Ready(None) };
        let (New { topics, reserved, last_event_id, start, starts, opening }, reader) =
            &mut **joining;
        let Reader { slot, cursor } = reader;
        let (on_gap, registration) = (&self.on_gap, self.registration);
        let (delivery, id) = (self.delivery, last_event_id.as_str());
        let joined = self.inner.shared.poll(slot, cx.waker(), |state, waiters| {
            if state.is_revoked(registration) {
                return Found::More(None);
            }
            let (names, last_event_id, start) = (&**topics, id, *start);
            // A snapshot replaces the missed events, and `Latest` skips events anyway.
            let counted = delivery == Delivery::All && !matches!(on_gap, OnGap::Snapshot(_));
            let join = Join { names, reserved, last_event_id, start, starts, on_gap, counted };
            let joined = state.join(cursor, join, waiters);
            let Some(Joined(gap)) = joined else { return Found::Undecided };
            state.cancel_reservation(mem::take(reserved));
            let opening_id = cursor.id();
            let next = match gap {
                Some(_) => Found::Nothing,
                None => state.read(cursor, delivery, on_gap, MAX_BYTES, waiters),
            };
            Found::More(Some((opening_id, gap, next)))
        });
        let Some((opening_id, gap, next)) = ready!(joined) else {
            self.leave();
            return Poll::Ready(None);
        };
        let opening = opening.take().map(|name| {
            let data = if id.is_some() { r#"{"resumed":true}"# } else { r#"{"resumed":false}"# };
            let mut opening = Event::data(data).event(name);
            opening.id = opening_id;
            opening.encode().into_bytes()
        });
        let began = match (&gap, &next) {
            (Some(gap), _) | (None, Found::More(Next::Gap(gap))) => Began::Gap(gap.reason),
            _ if id.is_some() => Began::Resumed,
            _ => Began::Fresh,
        };
        began.count();
        #[cfg(feature = "inspector")]
        if began == Began::Resumed {
            self.inner.probes.get().inspect(|probes| probes.count_resumed());
        }
        if let Phase::Joining(joining) = mem::replace(&mut self.phase, Phase::Done) {
            self.phase = Phase::Reading(joining.1);
        }
        // Wakes the watchers of the topics.
        self.inner.change(|_, _| ());
        if began.is_resumed() {
            metrics::resumed(|| events(&next) + self.lag());
        }
        match (gap, next) {
            (Some(gap), _) | (None, Found::More(Next::Gap(gap))) => self.tell(gap, cx),
            (
                None,
                Found::Last(Next::Events(mut slices)) | Found::More(Next::Events(mut slices)),
            ) => {
                slices.insert_many(0, opening.map(added));
                Poll::Ready(Some(self.frame(slices)))
            }
            (
                None,
                Found::Last(Next::Backlog(mut slices, id))
                | Found::More(Next::Backlog(mut slices, id)),
            ) => {
                slices.insert_many(0, opening.map(added));
                Poll::Ready(Some(self.frame(slices).with_last_id(id.as_ref())))
            }
            (None, _) => match opening {
                // The next poll returns what follows, even if that is only the end.
                Some(opening) => Poll::Ready(Some(Frame::from_encoded(opening, 0))),
                None => self.read(cx),
            },
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Reading(Reader { slot, cursor }) = &mut self.phase else {
            return Poll::Ready(None);
        };
        let (on_gap, registration) = (&self.on_gap, self.registration);
        let next = self.inner.shared.poll(slot, cx.waker(), |state, waiters| {
            if state.is_revoked(registration) {
                return Found::More(Next::End);
            }
            state.read(cursor, self.delivery, on_gap, MAX_BYTES, waiters)
        });
        if next.is_pending() {
            self.delivered.catch_up();
        }
        match ready!(next) {
            Next::Events(slices) => {
                self.delivered.take(slices.last().map(|slice| slice.published));
                Poll::Ready(Some(self.frame(slices)))
            }
            Next::Backlog(slices, id) => {
                Poll::Ready(Some(self.frame(slices).with_last_id(id.as_ref())))
            }
            Next::Gap(gap) => self.tell(gap, cx),
            Next::End => {
                self.leave();
                Poll::Ready(None)
            }
        }
    }

    fn frame(&mut self, slices: Slices) -> Frame {
        match slices.into_inner() {
            Ok([alone]) => {
                let events = alone.events;
                Frame::from_encoded(self.sending.share(alone), events)
            }
            Err(many) => {
                let events = many.iter().map(|slice| slice.events).sum();
                let many: Vec<_> = many.iter().map(|slice| &*slice.bytes).collect();
                Frame::from_encoded(many.concat().into(), events)
            }
        }
    }

    /// Reports a gap to the client, and continues as its policy says.
    fn tell(&mut self, mut gap: Gap, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        metrics::gap(&gap);
        gap.topics.sort_unstable();
        gap.topics.dedup();
        let Phase::Reading(Reader { cursor, .. }) = &self.phase else { return Poll::Ready(None) };
        let mut event = gap.event(cursor.epoch());
        match &self.on_gap {
            OnGap::Oldest | OnGap::Live => {
                event.id = cursor.id();
                Poll::Ready(Some(Frame::from_encoded(event.encode().into_bytes(), 0)))
            }
            OnGap::Snapshot(source) => {
                let future = source.ask(&gap);
                if let Phase::Reading(reader) = mem::replace(&mut self.phase, Phase::Done) {
                    self.phase = Phase::Snapshot(Box::new((reader, gap, future)));
                }
                self.snapshot(cx)
            }
            OnGap::Close => {
                self.leave();
                Poll::Ready(Some(Frame::from_encoded(event.encode().into_bytes(), 0)))
            }
        }
    }

    fn snapshot(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let Phase::Snapshot(waiting) = &mut self.phase else { return Poll::Ready(None) };
        let (Reader { slot, cursor }, gap, future) = &mut **waiting;
        let registration = self.registration;
        let Poll::Ready(Snapshot { mut events, position }) = future.as_mut().poll(cx) else {
            // A drain does not wait for the snapshot: the client requests it again when it reconnects.
            ready!(self.inner.shared.poll(slot, cx.waker(), |state, _| {
                match state.is_drained() || state.is_revoked(registration) {
                    true => Found::More(()),
                    false => Found::Nothing,
                }
            }));
            self.leave();
            return Poll::Ready(None);
        };
        let revoked = self.inner.change(|state, _| {
            state.resume_after_snapshot(cursor, position);
            state.is_revoked(registration)
        });
        if revoked {
            self.leave();
            return Poll::Ready(None);
        }
        gap.resumed_at = cursor.position();
        // Only the last event with data carries the ID, so a client that is cut before that event requests the whole
        // snapshot again. A separate block with the ID would have no data, and some readers fire an event for such a
        // block.
        events.iter_mut().for_each(|event| event.id = None);
        let count = events.iter().filter(|event| event.data.is_some()).count();
        events.insert(0, gap.event(cursor.epoch()));
        if let Some(last) = events.iter_mut().rfind(|event| event.data.is_some()) {
            last.id = cursor.id();
        }
        if let Phase::Snapshot(waiting) = mem::replace(&mut self.phase, Phase::Done) {
            self.phase = Phase::Reading(waiting.0);
        }
        let frame: Frame = events.iter().collect();
        Poll::Ready(Some(Frame::from_encoded(frame.into_bytes(), count)))
    }
}

/// The number of events that a read found.
fn events(found: &Found<Next>) -> usize {
    match found {
        Found::Last(Next::Events(slices) | Next::Backlog(slices, _))
        | Found::More(Next::Events(slices) | Next::Backlog(slices, _)) => {
            slices.iter().map(|slice| slice.events).sum()
        }
        _ => 0,
    }
}

/// Returns the bytes of an event that the hub adds.
fn added(bytes: Bytes) -> Slice {
    Slice { keeps: bytes.len(), bytes, events: 0, published: Published::default() }
}

/// The largest size of a frame in bytes, unless it holds one larger event.
const MAX_BYTES: usize = 32 * 1024;
