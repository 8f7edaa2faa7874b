//! Delivers a backend's tail to its hub.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use crate::{
    BackendError, Epoch,
    backend::{Content, Ended, Entry, LogEvent, Observer, TailStream},
    shared::Waiters,
    state::State,
};

/// Delivers a backend's tail to its hub.
pub(crate) struct Feed {
    /// The epoch of the next entries.
    epoch: Epoch,
    tail: TailStream,
    observer: Option<Arc<dyn Observer>>,
}

/// An item of a tail, and the effect of its entry on the hub, which is encoded without the hub's lock.
pub(crate) struct Arrival {
    yielded: Result<LogEvent, BackendError>,
    content: Content,
}

impl Feed {
    pub(crate) fn new(epoch: Epoch, tail: TailStream, observer: Option<Arc<dyn Observer>>) -> Self {
        Self { epoch, tail, observer }
    }

    /// Returns what has arrived; `None` if the tail has ended, which breaks the backend's contract.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let yielded = ready!(self.tail.as_mut().poll_next(cx));
        Poll::Ready(yielded.map(|yielded| self.arrival(yielded)))
    }

    pub(crate) fn arrival(&mut self, mut yielded: Result<LogEvent, BackendError>) -> Arrival {
        let mut content = Content::Nothing;
        if let Some(observer) = &self.observer {
            match &yielded {
                Ok(LogEvent::Entry(entry)) => observer.entry(entry),
                Ok(LogEvent::Gap { .. }) => observer.lost(),
                Ok(LogEvent::NewEpoch(_)) => observer.new_epoch(),
                Ok(LogEvent::Recovered) | Err(_) => {}
            }
        }
        match &mut yielded {
            Ok(LogEvent::Entry(entry)) => content = entry.take_content(&self.epoch),
            Ok(LogEvent::NewEpoch(epoch)) => self.epoch = epoch.clone(),
            Ok(LogEvent::Gap { .. } | LogEvent::Recovered) | Err(_) => {}
        }
        Arrival { yielded, content }
    }
}

impl Arrival {
    /// Applies it to the hub. It has to be dropped without the lock, since it may still hold a large event.
    pub(crate) fn apply(&mut self, state: &mut State, now: Instant, waiters: &mut Waiters) {
        state.note_backend(self.yielded.as_ref().err().cloned(), now);
        match &self.yielded {
            Ok(LogEvent::Entry(entry)) => self.content.apply(entry, state, now, waiters),
            Ok(LogEvent::Gap { floor, .. }) => state.lose_up_to(*floor),
            Ok(LogEvent::NewEpoch(epoch)) => state.begin_epoch(epoch.clone(), waiters),
            Ok(LogEvent::Recovered) | Err(_) => {}
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.yielded.is_err()
    }

    /// The ended topics whose entries are lost. Note them after this was applied, some in each hold of the lock.
    pub(crate) fn ended(&self) -> &[Ended] {
        match &self.yielded {
            Ok(LogEvent::Gap { ended, .. }) => ended,
            _ => &[],
        }
    }
}

impl Content {
    /// Applies an entry with this content to the hub.
    pub(crate) fn apply(
        &mut self,
        entry: &Entry,
        state: &mut State,
        now: Instant,
        waiters: &mut Waiters,
    ) {
        let Entry { position, topic, .. } = entry;
        match self {
            Self::Event(event) => {
                state.append_entry(*position, topic, event.as_mut(), now, waiters)
            }
            Self::End(last) => {
                let last = last.as_mut().map(Option::as_mut);
                state.append_end(*position, topic, last, now, waiters);
            }
            // A tail that has started again may yield entries twice.
            _ if *position <= state.head() => {}
            Self::Revoke(principal) => state.revoke(principal, &mut waiters.work),
            #[cfg(feature = "tickets")]
            Self::Ticket { hash, lifetime, principal } => {
                let (principal, work) = (principal.clone(), &mut waiters.work);
                // Without room, it is not valid here.
                let _ = state.add_ticket(*hash, principal, *lifetime, now, work);
            }
            #[cfg(feature = "tickets")]
            Self::TicketUsed(hash) => state.use_ticket(hash, *position, &mut waiters.work),
            Self::Nothing => {}
        }
        state.skip(*position);
        state.wake_awaiting(*position, waiters);
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
