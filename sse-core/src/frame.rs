//! Encoded events, ready to write.

use std::fmt;

use bytes::Bytes;

use crate::Event;

/// One or more whole encoded events in one buffer.
///
/// Use one to encode an event once and send it to many clients: a clone shares the bytes. A frame is made
/// from whole events, so it never holds part of one. The frame of an event without fields is empty.
///
/// # Example
/// ```
/// # use sse_core::{Event, Frame};
/// let frame = Frame::from(Event::data("to all"));
/// let another = frame.clone(); // no copy
/// assert_eq!(another.as_bytes(), b"data: to all\n\n");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Frame(Bytes);

impl Frame {
    /// Makes a frame from the bytes of one or more frames, for logs that store encoded events.
    ///
    /// The bytes are not checked. They must be whole events that [`Event::encode`] encoded; otherwise the
    /// frame breaks the promise of this type.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, Frame};
    /// let stored = Event::data("a").encode().into_bytes();
    /// assert_eq!(Frame::from_encoded(stored), Event::data("a").encode());
    /// ```
    pub fn from_encoded(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Returns the encoded bytes.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// assert_eq!(Event::data("a").encode().as_bytes(), b"data: a\n\n");
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the encoded bytes without copying them.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let bytes: bytes::Bytes = Event::data("a").encode().into_bytes();
    /// assert_eq!(bytes, "data: a\n\n");
    /// ```
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Returns the size in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the frame has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&Event> for Frame {
    fn from(event: &Event) -> Self {
        event.encode()
    }
}

impl From<Event> for Frame {
    fn from(event: Event) -> Self {
        event.encode()
    }
}

impl<'a> FromIterator<&'a Event> for Frame {
    /// Encodes several events into one frame, which is sent in one write.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, Frame};
    /// let frame = Frame::from_iter(&[Event::data("a"), Event::data("b")]);
    /// assert_eq!(frame.as_bytes(), b"data: a\n\ndata: b\n\n");
    /// ```
    fn from_iter<I: IntoIterator<Item = &'a Event>>(events: I) -> Self {
        let mut out = Vec::new();
        for event in events {
            event.encode_into(&mut out);
        }
        Self(out.into())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&self.0).finish()
    }
}
