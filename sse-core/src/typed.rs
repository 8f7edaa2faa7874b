//! Enums as events: the variant is the event type, and its content is the data as JSON.

mod parse;
mod write;

use std::{error, fmt};

use serde::{Deserialize, Serialize};

use crate::{Event, InvalidEventName};

impl Event {
    /// Makes an event with a variant's name as its type, and the variant's content as JSON in its data.
    ///
    /// The enum has to derive `Serialize` and be externally tagged, which is serde's default; serde's
    /// renames apply. One enum can then define the protocol of a stream: the server sends only its
    /// variants, and [`parse_typed`](Event::parse_typed) reads them back.
    ///
    /// | variant | data |
    /// |---|---|
    /// | `Ping` | `null` |
    /// | `Text(String)` | the content: `"hello"` |
    /// | `Move(i32, i32)` | an array: `[1,2]` |
    /// | `Join { name: String }` | an object: `{"name":"Ada"}` |
    ///
    /// # Errors
    /// [`TypedError`] if the value is not such an enum, if the variant's name cannot be an event
    /// type, or if its content cannot be JSON.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// #[derive(serde::Serialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Chat { Join { name: String } }
    ///
    /// let event = Event::typed(&Chat::Join { name: "Ada".into() })?;
    /// assert_eq!(event.encode().as_bytes(), b"event: join\ndata: {\"name\":\"Ada\"}\n\n");
    /// # Ok::<_, sse_core::TypedError>(())
    /// ```
    pub fn typed<T: Serialize + ?Sized>(value: &T) -> Result<Self, TypedError> {
        write::event(value)
    }

    /// Reads a received event back into the enum from which [`typed`](Event::typed) made it.
    ///
    /// An event without a type reads as the variant `message`, because that is its type for receivers
    /// (WHATWG HTML 9.2.6). A variant without content accepts any data. A unit variant marked
    /// `#[serde(other)]` therefore matches every type that has no variant of its own.
    ///
    /// # Errors
    /// [`TypedError`] if the enum has no variant of that name, or the data is not its content.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// #[derive(Debug, PartialEq, serde::Deserialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Chat { Join { name: String } }
    ///
    /// let event = Event::data(r#"{"name":"Ada"}"#).event("join");
    /// assert_eq!(event.parse_typed::<Chat>()?, Chat::Join { name: "Ada".into() });
    /// # Ok::<_, sse_core::TypedError>(())
    /// ```
    pub fn parse_typed<'de, T: Deserialize<'de>>(&'de self) -> Result<T, TypedError> {
        parse::event(self)
    }
}

/// The error for a value that cannot be a typed event, or an event that cannot be read as an enum.
///
/// # Example
/// ```
/// # use sse_core::{Event, TypedError};
/// let error = Event::typed(&42).expect_err("not an enum");
/// assert!(matches!(error, TypedError::NotAnEnum { found: "an integer", .. }));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum TypedError {
    /// The value's type is not an externally tagged enum.
    #[non_exhaustive]
    NotAnEnum {
        /// The kind of value that was found, in serde's terms.
        found: &'static str,
    },
    /// The variant's name cannot be an event type.
    #[non_exhaustive]
    InvalidName {
        /// The name, after serde's renames.
        variant: String,
        /// The reason why the name cannot be an event type.
        source: InvalidEventName,
    },
    /// The content cannot be written as JSON, or the data is not the JSON of that variant's content.
    Json(serde_json::Error),
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEnum { found } => write!(
                f,
                "a typed event needs an externally tagged enum, but this is {found}; use Event::json"
            ),
            Self::InvalidName { variant, source } => {
                write!(f, "the variant {variant:?} cannot be an event type: {source}")
            }
            Self::Json(error) => write!(f, "typed event: {error}"),
        }
    }
}

impl error::Error for TypedError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NotAnEnum { .. } => None,
            Self::InvalidName { source, .. } => Some(source),
            Self::Json(error) => Some(error),
        }
    }
}

impl From<serde_json::Error> for TypedError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl serde::ser::Error for TypedError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Json(serde::ser::Error::custom(message))
    }
}

impl serde::de::Error for TypedError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Json(serde::de::Error::custom(message))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Sample {
        UnitOne,
        NewType(String),
        Nested(Option<Box<Sample>>),
        Pair(i32, Vec<bool>),
        #[serde(rename = "joined")]
        Struct {
            name: String,
            age: u8,
        },
    }

    #[track_caller]
    fn check(value: Sample, name: &str, data: &str) {
        let event = Event::typed(&value).expect("typed");
        assert_eq!(event, Event { event: name.parse().ok(), ..Event::data(data) });
        assert_eq!(event.parse_typed::<Sample>().expect("round trip"), value);
    }

    #[test]
    fn each_shape_of_variant_round_trips() {
        check(Sample::UnitOne, "unit-one", "null");
        check(Sample::NewType("a\r\nb".into()), "new-type", r#""a\r\nb""#);
        check(Sample::Nested(None), "nested", "null");
        check(
            Sample::Nested(Some(Box::new(Sample::Pair(1, vec![])))),
            "nested",
            r#"{"pair":[1,[]]}"#,
        );
        check(Sample::Pair(-1, vec![true]), "pair", "[-1,[true]]");
        check(
            Sample::Struct { name: "Ada".into(), age: 36 },
            "joined",
            r#"{"name":"Ada","age":36}"#,
        );
    }

    #[test]
    fn an_event_without_a_type_is_a_message() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Plain {
            Message(u8),
        }
        assert_eq!(Event::data("1").parse_typed::<Plain>().expect("message"), Plain::Message(1));
    }

    #[track_caller]
    fn check_refused<T: Serialize + ?Sized>(value: &T, expected: &str) {
        let error = Event::typed(value).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn other_shapes_are_refused_with_the_next_step() {
        #[derive(Serialize)]
        struct Struct {
            a: u8,
        }
        #[derive(Serialize)]
        #[serde(tag = "type")]
        enum Tagged {
            A { a: u8 },
        }
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Untagged {
            A(u8),
        }
        let text = |found| {
            format!(
                "a typed event needs an externally tagged enum, but this is {found}; use Event::json"
            )
        };
        check_refused(&Struct { a: 1 }, &text("a struct"));
        check_refused(&Tagged::A { a: 1 }, &text("a struct"));
        check_refused(&Untagged::A(1), &text("an integer"));
        check_refused("text", &text("a string"));
        check_refused(&[1, 2], &text("a tuple"));
        check_refused(&vec![1], &text("a sequence"));
        check_refused(&HashMap::from([(1, 1)]), &text("a map"));
        check_refused(&(), &text("a unit"));
        check_refused(&None::<Sample>, &text("an option"));
    }

    #[test]
    fn a_variant_that_cannot_be_an_event_type_is_refused() {
        #[derive(Serialize)]
        enum Bad {
            #[serde(rename = "a\ndata: injected")]
            Break,
            #[serde(rename = "")]
            Empty(u8),
        }
        check_refused(
            &Bad::Break,
            "the variant \"a\\ndata: injected\" cannot be an event type: \
             event name has a line break at byte 1; names are one line",
        );
        assert!(matches!(Event::typed(&Bad::Empty(1)), Err(TypedError::InvalidName { .. })));
    }

    #[test]
    fn content_that_is_not_json_is_refused() {
        #[derive(Serialize)]
        enum Content {
            Map(HashMap<(u8, u8), u8>),
        }
        let value = Content::Map(HashMap::from([((1, 1), 1)]));
        assert!(matches!(Event::typed(&value), Err(TypedError::Json(_))));
    }

    #[test]
    fn raw_json_is_written_unchanged_except_for_line_breaks() {
        #[derive(Serialize)]
        enum Raw<'a> {
            Raw(&'a RawValue),
        }
        let raw = RawValue::from_string("[1,\r2]".into()).expect("JSON");
        let event = Event::typed(&Raw::Raw(&raw)).expect("typed");
        assert_eq!(event.data.as_deref(), Some("[1,\n2]"));
    }

    #[track_caller]
    fn check_unreadable(event: Event, expected: &str) {
        let error = event.parse_typed::<Sample>().expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn an_event_that_matches_no_variant_is_an_error() {
        check_unreadable(Event::data("null").event("other"), "unknown variant `other`");
        check_unreadable(Event::data("1").event("new-type"), "invalid type");
        check_unreadable(Event::data("null null").event("nested"), "trailing characters");
        check_unreadable(Event::new().event("nested"), "EOF");
        check_unreadable(Event::data("[1]").event("pair"), "invalid length");
    }

    #[test]
    fn a_variant_without_content_accepts_any_data() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Lenient {
            Ping,
            Text(String),
            #[serde(other)]
            Unknown,
        }
        for data in ["null", "", "{}", r#"{"a":[1]}"#, "[1,2]", "3", "plain text", "null null"] {
            let ping = Event::data(data).event("ping");
            assert_eq!(ping.parse_typed::<Lenient>().expect(data), Lenient::Ping, "{data:?}");
            let other = Event::data(data).event("other");
            assert_eq!(other.parse_typed::<Lenient>().expect(data), Lenient::Unknown, "{data:?}");
        }
        let none = Event::new().event("other");
        assert_eq!(none.parse_typed::<Lenient>().expect("no data"), Lenient::Unknown);
        let text = Event::data("\"a\"").event("text");
        assert_eq!(text.parse_typed::<Lenient>().expect("text"), Lenient::Text("a".into()));
    }

    #[test]
    fn only_an_enum_can_be_read() {
        let error = Event::data("{}").parse_typed::<HashMap<String, u8>>().expect_err("a map");
        assert!(matches!(error, TypedError::NotAnEnum { .. }), "{error}");
    }
}
