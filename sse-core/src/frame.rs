//! Encoded events, ready to write.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use bytes::Bytes;

use crate::Event;

/// One or more whole encoded events in one buffer.
///
/// Use one to encode an event once and send it to many clients: a clone shares the bytes. A frame is made
/// from whole events, so it never holds part of one. The frame of an event without fields is empty. Two frames
/// are equal if their bytes are.
///
/// # Example
/// ```
/// # use sse_core::{Event, Frame};
/// let frame = Frame::from(Event::data("to all"));
/// let another = frame.clone(); // no copy
/// assert_eq!(another.as_bytes(), b"data: to all\n\n");
/// ```
#[derive(Clone, Default)]
pub struct Frame {
    bytes: Bytes,
    events: usize,
}

impl Frame {
    /// Makes a frame from the bytes of one or more frames, for logs that store encoded events.
    ///
    /// The bytes are not checked. They must be whole events that [`Event::encode`] encoded; otherwise the
    /// frame breaks the promise of this type. `events` is what [`events`](Self::events) returns: leave out the
    /// events that a library adds to those of the application.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, Frame};
    /// let stored = Event::data("a").encode().into_bytes();
    /// assert_eq!(Frame::from_encoded(stored, 1), Event::data("a").encode());
    /// ```
    pub fn from_encoded(bytes: Bytes, events: usize) -> Self {
        Self { bytes, events }
    }

    /// Returns the number of the application's events with data, which is the number of events that a reader
    /// dispatches for it (WHATWG HTML 9.2.6). Observers and metrics count these.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, Frame};
    /// let frame = Frame::from_iter(&[Event::data("a"), Event::new().comment("hi"), Event::data("b")]);
    /// assert_eq!(frame.events(), 2);
    /// ```
    pub fn events(&self) -> usize {
        self.events
    }

    /// Returns the encoded bytes.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// assert_eq!(Event::data("a").encode().as_bytes(), b"data: a\n\n");
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
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
        self.bytes
    }

    /// Returns the size in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether the frame has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
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
        let (mut out, mut count) = (Vec::new(), 0);
        for event in events {
            event.encode_into(&mut out);
            count += usize::from(event.data.is_some());
        }
        Self::from_encoded(out.into(), count)
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Frame {}

impl Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&self.bytes).finish()
    }
}
