//! One server-sent event, built field by field.

use std::time::Duration;

#[cfg(feature = "json")]
use serde::{Serialize, de::DeserializeOwned};

use crate::{EventId, EventName, Text, shared_str::SharedStr};

/// One server-sent event.
///
/// Start with [`Event::data`], `Event::json` or `Event::typed`, add fields with the setters, and read them
/// as public fields. Each field's type holds only valid values, so no user text can add a field or an
/// event that its author did not intend.
///
/// # Example
/// ```
/// # use sse_core::Event;
/// let event = Event::data("first line\nsecond line").event("note").id(7);
/// assert_eq!(
///     event.encode().as_bytes(),
///     b"event: note\nid: 7\ndata: first line\ndata: second line\n\n"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event {
    /// The comment, whose lines receivers skip. It can be seen only in a network log.
    pub comment: Option<Text>,
    /// The event type. Without one, a browser fires `message`.
    pub event: Option<EventName>,
    /// The event ID, which the receiver keeps and sends as `Last-Event-ID` when it reconnects.
    pub id: Option<EventId>,
    /// The reconnection time, which is sent in whole ms (a fraction is cut off).
    pub retry: Option<Duration>,
    /// The data. With `None`, a browser fires no event, but the other fields still take effect. With
    /// `Some` of an empty text, it fires an event whose data is `""`.
    pub data: Option<Text>,
}

impl Event {
    /// Makes an event without any field, which encodes to no bytes.
    ///
    /// Add the fields that you need. An event with only an [`id`](Event::id) advances the receiver's last
    /// event ID, one with only a [`retry`](Event::retry) changes its reconnection time, and one with only
    /// a [`comment`](Event::comment) keeps the connection busy.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Event;
    /// let event = Event::new().retry(Duration::from_secs(10));
    /// assert_eq!(event.encode().as_bytes(), b"retry: 10000\n");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an event with text as its data.
    ///
    /// CR, LF and CRLF each end a line, and the receiver joins the lines with LF. Nothing is trimmed, so
    /// leading spaces and trailing newlines arrive.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let event = Event::data("one\r\ntwo");
    /// assert_eq!(event.data.as_deref(), Some("one\ntwo"));
    /// ```
    pub fn data(data: impl Into<Text>) -> Self {
        Self { data: Some(data.into()), ..Self::default() }
    }

    /// Makes an event whose data is known to be one line, because the decoder has split it.
    #[inline]
    pub(crate) fn of_line(data: SharedStr) -> Self {
        Self { data: Some(Text::from_line(data)), ..Self::default() }
    }

    /// Makes an event with a value as JSON in its data.
    ///
    /// # Errors
    /// The error of [`serde_json::to_string`], if the value's `Serialize` failed, or if it has a map whose
    /// keys are not strings.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// #[derive(serde::Serialize)]
    /// struct Ping { sequence: u32 }
    ///
    /// let event = Event::json(&Ping { sequence: 1 })?.event("ping");
    /// assert_eq!(event.data.as_deref(), Some(r#"{"sequence":1}"#));
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self::data(serde_json::to_string(value)?))
    }

    /// Reads the data as JSON. An event without data reads as empty text, which is not valid JSON.
    ///
    /// # Errors
    /// The error of [`serde_json::from_str`], if the data is not JSON, or does not match the type `T`.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let point: (i32, i32) = Event::data("[1,2]").parse_json()?;
    /// assert_eq!(point, (1, 2));
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn parse_json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.data.as_deref().unwrap_or_default())
    }

    /// Sets the event type.
    ///
    /// # Panics
    /// If the name is a literal that is not a valid [`EventName`].
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, EventName};
    /// let event = Event::data("21.5").event("temperature");
    /// assert_eq!(event.encode().as_bytes(), b"event: temperature\ndata: 21.5\n\n");
    ///
    /// // Text that is known only at run time is checked first.
    /// let unit = String::from("celsius");
    /// let event = Event::data("21.5").event(EventName::new(unit)?);
    /// # Ok::<_, sse_core::InvalidEventName>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn event(mut self, name: impl Into<EventName>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// Sets the event ID.
    ///
    /// # Panics
    /// If the ID is a literal that is not a valid [`EventId`].
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, EventId};
    /// let event = Event::data("a").id(7);
    /// assert_eq!(event.encode().as_bytes(), b"id: 7\ndata: a\n\n");
    ///
    /// // Text that is known only at run time is checked first.
    /// let key = String::from("orders/7");
    /// let event = Event::data("a").id(EventId::new(key)?);
    /// # Ok::<_, sse_core::InvalidEventId>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn id(mut self, id: impl Into<EventId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the reconnection time: how long a browser waits after a lost connection before it reconnects.
    /// Browsers keep it for all later reconnects.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Event;
    /// let event = Event::data("busy").retry(Duration::from_millis(1_500));
    /// assert_eq!(event.encode().as_bytes(), b"retry: 1500\ndata: busy\n\n");
    /// ```
    #[must_use]
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        self.retry = Some(reconnection_time);
        self
    }

    /// Sets the comment.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let event = Event::data("a").comment("from node 3");
    /// assert_eq!(event.encode().as_bytes(), b": from node 3\ndata: a\n\n");
    /// ```
    #[must_use]
    pub fn comment(mut self, comment: impl Into<Text>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Returns whether no field is set, so that the event encodes to no bytes.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// assert!(Event::new().is_empty());
    /// assert!(!Event::data("").is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.comment.is_none()
            && self.event.is_none()
            && self.id.is_none()
            && self.retry.is_none()
            && self.data.is_none()
    }
}
