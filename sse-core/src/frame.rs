//! Whole encoded events, ready to write.

use std::fmt;

use bytes::Bytes;

use crate::Event;

/// One or more whole encoded events in one buffer.
///
/// Encode once, send to many: cloning is a reference count. A frame is only ever made from events,
/// so it never holds part of one. The frame of an event without fields is empty.
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
    /// Takes bytes that [`Event::encode`] gave, of one or more whole events: for logs that keep them.
    ///
    /// They are not looked at. A log that hands out anything but whole events of its own breaks the
    /// promise of this type.
    pub fn from_encoded(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Returns the encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the encoded bytes without copying them.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Returns the size in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to write.
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
    /// Encodes several events into one frame, which goes out in one write.
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
