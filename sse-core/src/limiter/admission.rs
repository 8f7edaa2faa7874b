//! A stream that is about to be admitted.

use std::{fmt, sync::Arc};

use futures_core::Stream;

use super::{
    admit_error::AdmitError,
    admitted::Admitted,
    limit::Limit,
    slots::{Entry, Place, Slots},
};
use crate::metrics::count_rejection;

/// The keys of a stream that is about to be admitted: see [`Limiter::per`](crate::Limiter::per).
///
/// # Example
/// ```
/// # use sse_core::{AdmitError, Event, Limiter};
/// let limiter = Limiter::new(10_000).limit("user", 5).limit("topic", 1_000);
/// let events = tokio_stream::iter([Event::data("a")]);
/// // A stream may have several keys of a kind. It takes a place of each.
/// let events = limiter.per("user", 7).per("topic", "a").per("topic", "b").admit(events)?;
/// # Ok::<_, AdmitError>(())
/// ```
#[must_use = "call `admit`"]
pub struct Admission<'a> {
    slots: &'a Arc<Slots>,
    total: Limit,
    kinds: &'a [(&'static str, Limit)],
    keys: Vec<Entry>,
    error: Option<AdmitError>,
}

impl<'a> Admission<'a> {
    pub(super) fn new(
        slots: &'a Arc<Slots>,
        total: Limit,
        kinds: &'a [(&'static str, Limit)],
    ) -> Self {
        Self { slots, total, kinds, keys: Vec::new(), error: None }
    }

    /// Names another key of the stream. Two keys are the same if they have the same kind and the same text.
    pub fn per(mut self, kind: &'static str, key: impl fmt::Display) -> Self {
        match self.kinds.iter().find(|(other, _)| *other == kind) {
            None => self.error = Some(AdmitError::UnknownKind { kind }),
            Some(_) if self.keys.len() == MAX_KEYS => {
                self.error = Some(AdmitError::TooManyKeys { limit: MAX_KEYS });
            }
            Some((_, limit)) => self.keys.push((self.slots.key(kind, key), *limit)),
        }
        self
    }

    /// Admits the stream: it takes a place of each key, and one of the total, until it has ended or was
    /// dropped.
    ///
    /// # Errors
    /// [`AdmitError`], which becomes a refusal. It takes no place, and ends no stream.
    pub fn admit<S: Stream>(self, stream: S) -> Result<Admitted<S>, AdmitError> {
        let place = self.take().inspect_err(|error| count_rejection(error.reason()))?;
        if let Place::RetryAfter(_) = place {
            count_rejection("retry_later");
        }
        Ok(Admitted::new(stream, place))
    }

    fn take(mut self) -> Result<Place, AdmitError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.keys.sort_unstable_by_key(|(key, _)| *key);
        self.keys.dedup_by_key(|(key, _)| *key);
        self.slots.take(self.total, &self.keys)
    }
}

impl fmt::Debug for Admission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

/// The number of keys that a stream may have. Otherwise a client that names many topics would hold up the
/// others.
pub(super) const MAX_KEYS: usize = 256;
