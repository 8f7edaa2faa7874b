//! What goes out in one chunk.

use bytes::Bytes;

use crate::{Event, Frame};

/// What goes out in one chunk: whole events.
///
/// A frame that is alone is passed on as it is; the rest is put together in one buffer.
#[derive(Debug, Default)]
pub struct Batch {
    alone: Option<Frame>,
    buffer: Vec<u8>,
    items: usize,
}

impl Batch {
    pub(super) fn push_event(&mut self, event: &Event) {
        self.items += 1;
        event.encode_into(self.buffer());
    }

    pub(super) fn push_frame(&mut self, frame: Frame) {
        self.items += 1;
        if frame.is_empty() {
            return;
        }
        if self.is_empty() {
            self.alone = Some(frame);
        } else {
            self.buffer().extend_from_slice(frame.as_bytes());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.alone.is_none() && self.buffer.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        let bytes = self.buffer.len() + self.alone.as_ref().map_or(0, Frame::len);
        bytes >= MAX_BYTES || self.items >= MAX_ITEMS
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.alone.map_or_else(|| self.buffer.into(), Frame::into_bytes)
    }

    fn buffer(&mut self) -> &mut Vec<u8> {
        if let Some(frame) = self.alone.take() {
            self.buffer.extend_from_slice(frame.as_bytes());
        }
        &mut self.buffer
    }
}

/// A chunk is closed once it has this many bytes: about what a socket takes in one write.
const MAX_BYTES: usize = 32 * 1024;

/// A chunk is closed once it has this many items, so that a source which is always ready, even with
/// items of no bytes, leaves the executor to others.
const MAX_ITEMS: usize = 256;
