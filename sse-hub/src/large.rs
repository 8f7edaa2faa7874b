//! Events that are encoded before the lock is taken.

use std::{mem, ops::Range};

use sse_core::{Event, EventId};

use crate::log::MAX_EVENT_BYTES;

/// An event that is encoded before its position, and so its ID, is certain.
#[derive(Debug)]
pub(crate) struct Large {
    bytes: Vec<u8>,
    id: Range<usize>,
}

impl Large {
    /// Encodes an event with the ID that it probably gets.
    pub(crate) fn new(mut event: Event, id: EventId) -> Self {
        let len = id.len();
        event.id = Some(id);
        let mut bytes = Vec::with_capacity(event.encoded_len());
        event.encode_into(&mut bytes);
        let start = id_belongs_at(&bytes) + "id: ".len();
        Self { bytes, id: start..start + len }
    }

    /// Whether an ID has the length of the one that the event was encoded with.
    pub(crate) fn fits(&self, id: &EventId) -> bool {
        id.len() == self.id.len()
    }

    /// Takes the bytes out, with an ID that [fits](Self::fits).
    pub(crate) fn take_with_id(&mut self, id: &EventId) -> Vec<u8> {
        self.bytes[self.id.clone()].copy_from_slice(id.as_bytes());
        mem::take(&mut self.bytes)
    }
}

/// Puts an ID into an encoded event that has none; `None` if no log can hold the event.
pub(crate) fn with_id(body: &[u8], id: &EventId) -> Option<Vec<u8>> {
    if body.len() > MAX_EVENT_BYTES {
        return None;
    }
    let (before, after) = body.split_at(id_belongs_at(body));
    Some([before, b"id: ", id.as_bytes(), b"\n", after].concat())
}

/// Where an encoded event has its ID, or without one takes it: after its comment and its event type.
fn id_belongs_at(body: &[u8]) -> usize {
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b":") && !line.starts_with(b"event: ") {
            break;
        }
        at += line.len();
    }
    at
}

/// Events over so many bytes are encoded before the lock is taken.
pub(crate) const LARGE: usize = 4 * 1024;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_id_is_put_where_encoding_puts_it() {
        for event in [
            Event::data("a"),
            Event::data("id: 7\nevent: b").event("event"),
            Event::data("").comment("id: 7\nevent: x").event("b").retry(Duration::from_secs(1)),
        ] {
            let expected = event.clone().id(7).encode().into_bytes();
            assert_eq!(
                with_id(event.encode().as_bytes(), &7.into()).as_deref(),
                Some(&expected[..])
            );
            let mut large = Large::new(event, 9.into());
            assert!(!large.fits(&10.into()), "another length");
            assert!(large.fits(&7.into()));
            assert_eq!(large.take_with_id(&7.into()), expected);
        }
    }
}
