//! The event type, which is one line and not empty.

use std::{error, fmt, ops::Deref, str::FromStr};

use bytestring::ByteString;

use crate::shared_str::SharedStr;

/// An event type: the `event` field, which a page passes to `addEventListener`.
///
/// It is one line of text. A line break would end the field, and the rest of the text could then add
/// fields of its own, so no value of this type has one: check user text with [`EventName::new`]. An empty
/// name is rejected as well, because the receiver would fire `message`, as it does without a name (WHATWG
/// HTML 9.2.6).
///
/// A literal converts automatically, so `event.event("tick")` works. Text that is known only at run time
/// does not convert:
///
/// ```compile_fail
/// # use sse_core::Event;
/// fn rename(event: Event, name: &str) -> Event {
///     event.event(name) // borrowed data escapes: use EventName::new(name)?
/// }
/// ```
/// ```compile_fail
/// # use sse_core::Event;
/// fn rename(event: Event, name: String) -> Event {
///     event.event(name) // From<String> is not implemented: use EventName::new(name)?
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventName(SharedStr);

impl EventName {
    /// Checks text for use as an event type.
    ///
    /// # Errors
    /// [`InvalidEventName`] if the text is empty or has a CR or LF.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, EventName};
    /// let name = EventName::new(String::from("price"))?;
    /// let event = Event::data("42").event(name);
    ///
    /// assert!(EventName::new("price\ndata: 0").is_err());
    /// # Ok::<_, sse_core::InvalidEventName>(())
    /// ```
    pub fn new(name: impl Into<ByteString>) -> Result<Self, InvalidEventName> {
        let name = name.into();
        match check(name.as_bytes()) {
            Ok(()) => Ok(Self(name.into())),
            Err(error) => Err(error),
        }
    }

    /// Makes an event type from text that is known to be one line, because the decoder has split it.
    /// Returns `None` if the text is empty.
    pub(crate) fn of_line(name: SharedStr) -> Option<Self> {
        // HTML 9.2.6: "If the event type buffer has a value other than the empty string, change the type of the
        // newly created event to equal the value of the event type buffer."
        (!name.is_empty()).then_some(Self(name))
    }

    /// Makes an event type from a literal; in a `const`, the compiler checks it.
    ///
    /// # Panics
    /// If the literal is empty or has a CR or LF.
    ///
    /// # Example
    /// ```
    /// # use sse_core::EventName;
    /// const TICK: EventName = EventName::from_static("tick");
    /// ```
    #[track_caller]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(
            check(name.as_bytes()).is_ok(),
            "invalid literal: an event name is one line and not empty"
        );
        Self(SharedStr::from_static(name))
    }

    /// Returns the event type.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn check(name: &[u8]) -> Result<(), InvalidEventName> {
    if name.is_empty() {
        return Err(InvalidEventName::Empty);
    }
    let mut at = 0;
    while at < name.len() {
        // HTML 9.2.5: "a scalar value other than U+000A LINE FEED (LF) or U+000D CARRIAGE RETURN (CR)"
        if matches!(name[at], b'\r' | b'\n') {
            return Err(InvalidEventName::LineBreak { at });
        }
        at += 1;
    }
    Ok(())
}

impl Deref for EventName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for EventName {
    /// Same as [`EventName::from_static`].
    ///
    /// # Panics
    /// If the literal is empty or has a CR or LF.
    #[track_caller]
    fn from(name: &'static str) -> Self {
        Self::from_static(name)
    }
}

impl FromStr for EventName {
    type Err = InvalidEventName;

    fn from_str(name: &str) -> Result<Self, InvalidEventName> {
        Self::new(name)
    }
}

impl PartialEq<&str> for EventName {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

/// The error for text that cannot be an event type.
///
/// # Example
/// ```
/// # use sse_core::{EventName, InvalidEventName};
/// let error = EventName::new("price\ndata: 0").expect_err("two lines");
/// assert!(matches!(error, InvalidEventName::LineBreak { at: 5, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventName {
    /// The text is empty.
    Empty,
    /// The text has a CR or LF.
    #[non_exhaustive]
    LineBreak {
        /// The position of the first CR or LF, in bytes.
        at: usize,
    },
}

impl fmt::Display for InvalidEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("event name is empty; leave it out to send a `message`"),
            Self::LineBreak { at } => {
                write!(f, "event name has a line break at byte {at}; names are one line")
            }
        }
    }
}

impl error::Error for InvalidEventName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_not_empty() {
        for (name, expected) in [
            ("", Some(InvalidEventName::Empty)),
            ("a\n", Some(InvalidEventName::LineBreak { at: 1 })),
            ("\ra", Some(InvalidEventName::LineBreak { at: 0 })),
            ("a\r\nb", Some(InvalidEventName::LineBreak { at: 1 })),
            (" a ", None),
            ("a:b", None),
            ("a\0b", None),
            ("\u{2028}", None),
            ("\u{85}", None),
            ("気温", None),
        ] {
            assert_eq!(EventName::new(name).err(), expected, "{name:?}");
            assert_eq!(name.parse::<EventName>().err(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_is_compared_and_printed_as_its_text() {
        let name = EventName::new("price").expect("one line");
        assert!(name == "price" && name != "prices");
        assert_eq!((name.as_str(), &*name, name.to_string()), ("price", "price", "price".into()));
    }

    #[test]
    #[should_panic(expected = "an event name is one line and not empty")]
    fn an_invalid_literal_panics() {
        let _ = EventName::from("a\nb");
    }

    #[test]
    fn the_error_says_what_to_do() {
        let error = EventName::new("price\n").expect_err("line break");
        assert_eq!(error.to_string(), "event name has a line break at byte 5; names are one line");
    }
}
