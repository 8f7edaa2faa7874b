//! The event ID, which a client sends back to resume a stream.

use std::{error, fmt, ops::Deref, str::FromStr};

use bytestring::ByteString;

use crate::shared_str::SharedStr;

/// An event ID: the `id` field, which the receiver sends back as `Last-Event-ID`.
///
/// It is printable ASCII without a space at either end, and has at most [`MAX_LEN`](Self::MAX_LEN) bytes,
/// so that a header carries it back from the client unchanged (RFC 9110 5.5). The standard allows more in
/// an `id` field (WHATWG HTML 9.2.6), but a reader that keeps such an ID can lose its stream permanently.
/// Servers answer 400 to a header with a control character, HTTP removes spaces at the ends, and clients
/// built on `fetch` cannot send characters beyond Latin-1.
///
/// The empty ID is valid and resets the receiver's last event ID. Literals and integers convert into an
/// event ID. Other text does not, so check it with [`EventId::new`]:
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
    /// The length of the longest ID, in bytes. A longer one could exceed what servers accept in a header,
    /// and a client that cannot send its ID never resumes.
    pub const MAX_LEN: usize = 1024;

    /// Checks text for use as an event ID.
    ///
    /// # Errors
    /// [`InvalidEventId`] if a header would not carry the text unchanged. Encode such an ID first, for
    /// example with percent-encoding.
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

    /// Makes an event ID from the text of a received `id` field, if it is a valid one.
    #[inline]
    pub(crate) fn received(id: &SharedStr) -> Option<Self> {
        check(id.as_bytes()).is_ok().then(|| Self(id.clone()))
    }

    /// Makes an event ID from a literal; in a `const`, the compiler checks it.
    ///
    /// # Panics
    /// If the literal is not an event ID.
    ///
    /// # Example
    /// ```
    /// # use sse_core::EventId;
    /// const START: EventId = EventId::from_static("0");
    /// ```
    #[track_caller]
    pub const fn from_static(id: &'static str) -> Self {
        assert!(
            check(id.as_bytes()).is_ok(),
            "invalid literal: an event ID is printable ASCII without a space at either end"
        );
        Self(SharedStr::from_static(id))
    }

    /// Returns the event ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[inline]
const fn check(id: &[u8]) -> Result<(), InvalidEventId> {
    let mut at = 0;
    while at < id.len() {
        // HTML 9.2.4: "any UTF-8 encoded string, that does not contain U+0000 NULL, U+000A LF, or U+000D CR"
        if !matches!(id[at], b' '..=b'~') {
            return Err(InvalidEventId::NotPrintable { at });
        }
        at += 1;
    }
    if let [b' ', ..] | [.., b' '] = id {
        return Err(InvalidEventId::OuterSpace);
    }
    if id.len() > EventId::MAX_LEN {
        return Err(InvalidEventId::TooLong { len: id.len() });
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
    /// If the literal is not an event ID.
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

/// The error for text that cannot be an event ID.
///
/// # Example
/// ```
/// # use sse_core::{EventId, InvalidEventId};
/// let error = EventId::new("caf\u{e9}").expect_err("not ASCII");
/// assert!(matches!(error, InvalidEventId::NotPrintable { at: 3, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventId {
    /// The text has a byte that is not printable ASCII.
    #[non_exhaustive]
    NotPrintable {
        /// The byte's position, counted from 0.
        at: usize,
    },
    /// The text begins or ends with a space, which HTTP removes from a header's value.
    OuterSpace,
    /// The text is longer than [`EventId::MAX_LEN`].
    #[non_exhaustive]
    TooLong {
        /// The length of the text, in bytes.
        len: usize,
    },
}

impl fmt::Display for InvalidEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPrintable { at } => write!(
                f,
                "the byte at {at} of an event ID is not printable ASCII; \
                 encode it, for example with percent-encoding"
            ),
            Self::OuterSpace => f.write_str(
                "event ID begins or ends with a space, which HTTP would remove; encode it",
            ),
            Self::TooLong { len } => write!(
                f,
                "event ID has {len} bytes; shorten it to {} so that clients can send it back",
                EventId::MAX_LEN
            ),
        }
    }
}

impl error::Error for InvalidEventId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_that_a_header_carries_unchanged() {
        let longest = "x".repeat(EventId::MAX_LEN);
        let too_long = "x".repeat(EventId::MAX_LEN + 1);
        let not_printable = |at| Some(InvalidEventId::NotPrintable { at });
        for (id, expected) in [
            ("", None),
            ("a:b c,\"d\"~", None),
            (&longest, None),
            (&too_long, Some(InvalidEventId::TooLong { len: 1025 })),
            (" 1", Some(InvalidEventId::OuterSpace)),
            ("1 ", Some(InvalidEventId::OuterSpace)),
            (" ", Some(InvalidEventId::OuterSpace)),
            ("1\n", not_printable(1)),
            ("\r", not_printable(0)),
            ("1\0", not_printable(1)),
            ("a\u{c}b", not_printable(1)),
            ("a\tb", not_printable(1)),
            ("a\u{7f}", not_printable(1)),
            ("caf\u{e9}", not_printable(3)),
            ("\u{2028}", not_printable(0)),
        ] {
            assert_eq!(EventId::new(id.to_owned()).err(), expected, "{id:?}");
            assert_eq!(id.parse::<EventId>().err(), expected, "{id:?}");
        }
        for control in (0..0x20).chain([0x7f]) {
            let id = format!("a{}b", char::from(control));
            assert_eq!(EventId::new(id.clone()).err(), not_printable(1), "{id:?}");
        }
    }

    #[test]
    fn an_id_is_compared_and_printed_as_its_text() {
        let id = EventId::new("41").expect("printable");
        assert!(id == "41" && id != "42");
        assert_eq!((id.as_str(), &*id, id.to_string()), ("41", "41", "41".to_owned()));
    }

    #[test]
    fn integers_convert() {
        assert_eq!(EventId::from(u64::MAX), "18446744073709551615");
        assert_eq!(EventId::from(-1), "-1");
    }

    #[test]
    #[should_panic(expected = "an event ID is printable ASCII")]
    fn an_invalid_literal_panics() {
        let _ = EventId::from("a\0b");
    }
}
