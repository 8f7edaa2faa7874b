//! The event ID: one line without NUL.

use std::{error, fmt, ops::Deref, str::FromStr};

use bytestring::ByteString;

use crate::shared_str::SharedStr;

/// An event ID, the `id:` field: what the receiver sends back as `Last-Event-ID`.
///
/// One line of text without NUL: a line break would end the field and let the rest of the text
/// write fields of its own, and an ID with a NUL is ignored by receivers (WHATWG HTML 9.2.6). The
/// empty ID is valid and means "forget the last one". Check user text with [`EventId::new`];
/// literals and integers convert by themselves, other text does not:
///
/// ```compile_fail
/// # use sse_core::Event;
/// fn number(event: Event, id: &str) -> Event {
///     event.id(id) // borrowed data escapes: use EventId::new(id)?
/// }
/// ```
/// ```compile_fail
/// # use sse_core::Event;
/// fn number(event: Event, id: String) -> Event {
///     event.id(id) // From<String> is not implemented: use EventId::new(id)?
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct EventId(SharedStr);

impl EventId {
    /// Checks text for use as an event ID.
    ///
    /// # Errors
    /// [`InvalidEventId`] if the text has a CR, LF or NUL.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, EventId};
    /// let event = Event::data("42").id(EventId::new(format!("{}-{}", "a", 7))?);
    ///
    /// assert!(EventId::new("7\ndata: 0").is_err());
    /// # Ok::<_, sse_core::InvalidEventId>(())
    /// ```
    pub fn new(id: impl Into<ByteString>) -> Result<Self, InvalidEventId> {
        let id = id.into();
        match check(id.as_bytes()) {
            Ok(()) => Ok(Self(id.into())),
            Err(error) => Err(error),
        }
    }

    /// Takes text that is one line for certain, as the decoder has found it, unless it has a NUL.
    pub(crate) fn of_line(id: SharedStr) -> Option<Self> {
        (!id.as_bytes().contains(&0)).then_some(Self(id))
    }

    /// Makes an event ID of a literal; in a `const` it is checked by the compiler.
    ///
    /// # Panics
    /// If the literal has a CR, LF or NUL.
    #[track_caller]
    pub const fn from_static(id: &'static str) -> Self {
        assert!(
            check(id.as_bytes()).is_ok(),
            "invalid literal: an event id is one line without NUL"
        );
        Self(SharedStr::from_static(id))
    }

    /// Returns the event ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn check(id: &[u8]) -> Result<(), InvalidEventId> {
    let mut at = 0;
    while at < id.len() {
        match id[at] {
            b'\r' | b'\n' => return Err(InvalidEventId::LineBreak { at }),
            0 => return Err(InvalidEventId::Nul { at }),
            _ => at += 1,
        }
    }
    Ok(())
}

impl Deref for EventId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for EventId {
    /// Same as [`EventId::from_static`].
    ///
    /// # Panics
    /// If the literal has a CR, LF or NUL.
    #[track_caller]
    fn from(id: &'static str) -> Self {
        Self::from_static(id)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => { $(
        impl From<$integer> for EventId {
            fn from(id: $integer) -> Self {
                Self(itoa::Buffer::new().format(id).into())
            }
        }
    )* };
}

from_integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(id: &str) -> Result<Self, InvalidEventId> {
        Self::new(id)
    }
}

impl PartialEq<&str> for EventId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

/// Why a text cannot be an event ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventId {
    /// The text has a CR or LF.
    #[non_exhaustive]
    LineBreak {
        /// Where, in bytes.
        at: usize,
    },
    /// The text has a NUL, for which receivers ignore the whole field.
    #[non_exhaustive]
    Nul {
        /// Where, in bytes.
        at: usize,
    },
}

impl fmt::Display for InvalidEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineBreak { at } => {
                write!(f, "event id has a line break at byte {at}; ids are one line")
            }
            Self::Nul { at } => {
                write!(f, "event id has a NUL at byte {at}; receivers would ignore it")
            }
        }
    }
}

impl error::Error for InvalidEventId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_line_without_nul() {
        for (id, expected) in [
            ("", None),
            (" 1 ", None),
            ("a:b", None),
            ("\u{2028}\u{85}", None),
            ("1\n", Some(InvalidEventId::LineBreak { at: 1 })),
            ("\r", Some(InvalidEventId::LineBreak { at: 0 })),
            ("1\0", Some(InvalidEventId::Nul { at: 1 })),
        ] {
            assert_eq!(EventId::new(id).err(), expected, "{id:?}");
            assert_eq!(id.parse::<EventId>().err(), expected, "{id:?}");
        }
    }

    #[test]
    fn integers_convert() {
        assert_eq!(EventId::from(u64::MAX), "18446744073709551615");
        assert_eq!(EventId::from(-1), "-1");
    }

    #[test]
    #[should_panic(expected = "an event id is one line without NUL")]
    fn an_invalid_literal_panics() {
        let _ = EventId::from("a\0b");
    }
}
