//! The events of one chunk.

use bytes::Bytes;

use crate::{Event, Frame, sent::Sent};

/// The whole events of one chunk.
///
/// A single frame is passed on without copying; several events are copied into one buffer.
#[derive(Debug, Default)]
pub struct Batch {
    alone: Option<Frame>,
    buffer: Vec<u8>,
    /// The number of the application's events with data.
    events: usize,
    keep_alives: usize,
}

impl Batch {
    pub(super) fn push_event(&mut self, event: &Event) {
        self.events += usize::from(event.data.is_some());
        self.push_own(event);
    }

    /// Adds an event of the body, which is not counted.
    pub(super) fn push_own(&mut self, event: &Event) {
        event.encode_into(self.buffer());
    }

    pub(super) fn push_keep_alive(&mut self, frame: Frame) {
        self.keep_alives += 1;
        self.push_frame(Frame::from_encoded(frame.into_bytes(), 0));
    }

    pub(super) fn push_frame(&mut self, frame: Frame) {
        self.events += frame.events();
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
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len() + self.alone.as_ref().map_or(0, Frame::len)
    }

    pub(super) fn sent(&self) -> Sent {
        let [events, keep_alives, bytes] = [self.events, self.keep_alives, self.len()];
        Sent { events: events as u64, keep_alives: keep_alives as u64, bytes: bytes as u64 }
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
