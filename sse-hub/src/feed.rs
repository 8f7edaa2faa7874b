//! What a backend's tail delivers to its hub.

use std::{
    fmt,
    task::{Context, Poll, ready},
    time::Instant,
};

use crate::{
    BackendError, Epoch,
    backend::{Entry, LogEvent, TailStream},
    inner::Inner,
    large::with_id,
};

/// What a backend's tail delivers to its hub.
pub(crate) struct Feed {
    /// Of the entries that come next.
    epoch: Epoch,
    tail: TailStream,
}

impl Feed {
    pub(crate) fn new(epoch: Epoch, tail: TailStream) -> Self {
        Self { epoch, tail }
    }

    /// Delivers what has arrived, up to a number of entries.
    ///
    /// - `Ready(true)`: there may be more; poll again after other tasks.
    /// - `Ready(false)`: the tail has ended, which breaks the backend's contract.
    /// - `Pending`: the task is woken when more arrives.
    pub(crate) fn poll(&mut self, inner: &Inner, cx: &mut Context<'_>) -> Poll<bool> {
        for _ in 0..AT_ONCE {
            match ready!(self.tail.as_mut().poll_next(cx)) {
                Some(next) => self.deliver(inner, next),
                None => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    }

    pub(crate) fn deliver(&mut self, inner: &Inner, next: Result<LogEvent, BackendError>) {
        let now = Instant::now();
        let error = next.as_ref().err().cloned();
        // Encoded before the lock is taken.
        let mut entry = match &next {
            Ok(LogEvent::Entry(entry)) => with_id(&entry.body, &self.epoch.id(entry.position)),
            _ => None,
        };
        inner.change(|state, waiters| {
            state.note_backend(error);
            match next {
                Ok(LogEvent::Entry(Entry { position, topic, .. })) => {
                    state.append_entry(position, &topic, entry.as_mut(), now, waiters);
                }
                Ok(LogEvent::Gap(floor)) => state.lose_up_to(floor),
                Ok(LogEvent::NewEpoch(epoch)) => {
                    self.epoch = epoch.clone();
                    state.begin_epoch(epoch, waiters);
                }
                Ok(LogEvent::Recovered) | Err(_) => {}
            }
        });
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// The number of entries that one poll delivers, so that other tasks have their turn.
const AT_ONCE: usize = 256;
