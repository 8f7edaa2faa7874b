//! What a backend's tail delivers to its hub.

use std::{
    fmt,
    task::{Context, Poll, ready},
    time::Instant,
};

use crate::{
    BackendError, Epoch,
    backend::{Entry, LogEvent, TailStream},
    shared::Waiters,
    state::State,
};

/// What a backend's tail delivers to its hub.
pub(crate) struct Feed {
    /// Of the entries that come next.
    epoch: Epoch,
    tail: TailStream,
}

/// Something that a tail has yielded, and its event if it is one: encoded without the hub's lock.
pub(crate) struct Arrival {
    yielded: Result<LogEvent, BackendError>,
    event: Option<Vec<u8>>,
}

impl Feed {
    pub(crate) fn new(epoch: Epoch, tail: TailStream) -> Self {
        Self { epoch, tail }
    }

    /// Returns what has arrived; `None` if the tail has ended, which breaks the backend's contract.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let yielded = ready!(self.tail.as_mut().poll_next(cx));
        Poll::Ready(yielded.map(|yielded| self.arrival(yielded)))
    }

    pub(crate) fn arrival(&mut self, mut yielded: Result<LogEvent, BackendError>) -> Arrival {
        let mut event = None;
        match &mut yielded {
            Ok(LogEvent::Entry(entry)) => event = entry.take_event(&self.epoch),
            Ok(LogEvent::NewEpoch(epoch)) => self.epoch = epoch.clone(),
            Ok(LogEvent::Gap(_) | LogEvent::Recovered) | Err(_) => {}
        }
        Arrival { yielded, event }
    }
}

impl Arrival {
    /// Applies it to the hub. Has to be dropped without the lock, since what is left of it may be large.
    pub(crate) fn apply(&mut self, state: &mut State, now: Instant, waiters: &mut Waiters) {
        state.note_backend(self.yielded.as_ref().err().cloned());
        match &self.yielded {
            Ok(LogEvent::Entry(Entry { position, topic, .. })) => {
                state.append_entry(*position, topic, self.event.as_mut(), now, waiters);
            }
            Ok(LogEvent::Gap(floor)) => state.lose_up_to(*floor),
            Ok(LogEvent::NewEpoch(epoch)) => state.begin_epoch(epoch.clone(), waiters),
            Ok(LogEvent::Recovered) | Err(_) => {}
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
