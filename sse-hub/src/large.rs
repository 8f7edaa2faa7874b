//! Events that are encoded before the lock is taken.

use std::{mem, ops::Range};

use sse_core::{Event, EventId};

/// An event that is encoded before its position, and so its ID, is known.
#[derive(Debug)]
pub(crate) struct Large {
    bytes: Vec<u8>,
    id: Range<usize>,
}

impl Large {
    /// Encodes an event with the ID that it probably gets.
    pub(crate) fn new(mut event: Event, id: EventId) -> Self {
        event.id = Some(id);
        let mut bytes = Vec::with_capacity(event.encoded_len());
        event.encode_into(&mut bytes);
        Self { bytes, id: event.id_range().unwrap_or_default() }
    }

    /// Whether an ID is as long as the one that the event was encoded with.
    pub(crate) fn fits(&self, id: &EventId) -> bool {
        id.len() == self.id.len()
    }

    /// Returns the bytes, with an ID that [fits](Self::fits).
    pub(crate) fn finish(&mut self, id: &EventId) -> Vec<u8> {
        self.bytes[self.id.clone()].copy_from_slice(id.as_bytes());
        mem::take(&mut self.bytes)
    }
}

/// Events larger than this, in bytes, are encoded before the lock is taken.
pub(crate) const LARGE: usize = 4 * 1024;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_event_gets_an_id_of_the_expected_length_after_it_was_encoded() {
        for event in [
            Event::data("a"),
            Event::data("").comment("id: 7\nevent: x").event("b").retry(Duration::from_secs(1)),
        ] {
            let expected = event.clone().id(7).encode().into_bytes();
            let mut large = Large::new(event, 9.into());
            assert!(!large.fits(&10.into()), "another length");
            assert!(large.fits(&7.into()));
            assert_eq!(large.finish(&7.into()), expected);
        }
    }
}
