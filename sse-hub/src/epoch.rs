//! The epoch of a log, and the event IDs that belong to it.

use std::{fmt, sync::Arc};

use sse_core::EventId;

use crate::{GapReason, Position};

/// The epoch of a log. A log that was lost and begins again has a new one.
///
/// It is the first part of every event ID, so that an ID of another epoch never resumes silently. It has at most 64
/// letters and digits.
///
/// # Example
/// ```
/// use sse_hub::Epoch;
///
/// let epoch = Epoch::random();
/// assert_eq!(Epoch::new(epoch.as_str()), Some(epoch)); // as a backend stores it
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(Arc<str>);

impl Epoch {
    /// Returns a random epoch: 11 letters and digits, of more than 2^62.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Epoch;
    ///
    /// assert_ne!(Epoch::random(), Epoch::random());
    /// ```
    pub fn random() -> Self {
        Self(std::iter::repeat_with(fastrand::alphanumeric).take(11).collect::<String>().into())
    }

    /// Reads an epoch that a backend has stored. Returns `None` if it is empty, longer than 64 bytes, or contains
    /// anything but ASCII letters and digits.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Epoch;
    ///
    /// assert!(Epoch::new("Kx81bq2LmPz").is_some());
    /// assert!(Epoch::new("a-b").is_none());
    /// ```
    pub fn new(text: &str) -> Option<Self> {
        let valid =
            (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        valid.then(|| Self(text.into()))
    }

    /// Returns the text.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Epoch::random().as_str().len(), 11);
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the event ID of a position in this epoch.
    pub(crate) fn id(&self, position: Position) -> EventId {
        EventId::new(format!("{self}.{position}")).expect("letters, digits, '.' and '-'")
    }

    /// Reads an event ID of this epoch.
    pub(crate) fn position(&self, id: &str) -> Result<Position, GapReason> {
        let (epoch, position) = id.rsplit_once('.').ok_or(GapReason::Malformed)?;
        let epoch = Self::new(epoch).ok_or(GapReason::Malformed)?;
        let position = Position::parse(position).ok_or(GapReason::Malformed)?;
        if epoch == *self { Ok(position) } else { Err(GapReason::Foreign) }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn epoch() -> Epoch {
        Epoch::new("abc").expect("letters")
    }

    #[test]
    fn only_an_id_of_this_epoch_is_a_position() {
        for (id, expected) in [
            ("abc.7", Ok(Position::new(0, 7))),
            ("abc.1-7", Ok(Position::new(1, 7))),
            ("abd.7", Err(GapReason::Foreign)),
            ("abc", Err(GapReason::Malformed)),
            ("abc.", Err(GapReason::Malformed)),
            (".7", Err(GapReason::Malformed)),
            ("abc.abc.7", Err(GapReason::Malformed)),
            ("abc.07", Err(GapReason::Malformed)),
            ("abc.-7", Err(GapReason::Malformed)),
            ("", Err(GapReason::Malformed)),
            ("7", Err(GapReason::Malformed)),
        ] {
            assert_eq!(epoch().position(id), expected, "{id:?}");
        }
    }

    #[test]
    fn epochs_differ() {
        assert_ne!(Epoch::random(), Epoch::random());
        assert_eq!(
            Epoch::new(Epoch::random().as_str()).map(|epoch| epoch.as_str().len()),
            Some(11)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(id in "\\PC{0,40}", near in "abc[.0-9-]{0,50}") {
            for id in [id, near] {
                if let Ok(position) = epoch().position(&id) {
                    let again = epoch().id(position);
                    prop_assert_eq!(again.as_str(), id);
                }
            }
        }
    }
}
