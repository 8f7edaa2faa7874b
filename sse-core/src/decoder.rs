//! Decodes bytes into events (WHATWG HTML 9.2.5 and 9.2.6), without I/O.

mod data;
mod event_too_long;
mod last_id;
mod lines;
mod stream_item;

use std::{ops::Range, time::Duration};

use bytes::Bytes;

use crate::{Event, EventId, EventName, Text, shared_str::SharedStr};

use self::{
    data::Data,
    last_id::LastId,
    lines::{Lines, LongLine},
};
pub use self::{event_too_long::EventTooLong, stream_item::StreamItem};

/// An incremental decoder of an event stream.
///
/// Feed it the bytes that arrive from the network, in chunks of any size, and take the items out. It
/// follows the standard to the letter: it skips one leading BOM, ends a line at a CR without waiting for
/// an LF, replaces invalid UTF-8, ignores an ID with a NUL, and drops an unfinished event at the end of
/// the stream. There is one exception: the standard would forget the last event ID at a reconnect, but
/// [`resume`](Self::resume) keeps it, as browsers do.
///
/// The standard allows IDs that an [`EventId`] does not, such as one with a control character. An event
/// with such an ID has no [`id`](Event::id). [`last_event_id`](Self::last_event_id) returns the ID as it
/// was received, and [`resume_header`](Self::resume_header) one that can be sent back.
///
/// A field value of more than 32 bytes is not copied if it is valid UTF-8 and within one chunk: the text
/// is a slice of the chunk, and keeps the chunk alive. Shorter values are copied, which is cheaper than
/// counting references. An event's data is also copied if it has several lines.
///
/// # Example
/// ```
/// # use sse_core::{StreamItem, Decoder, Event};
/// let mut decoder = Decoder::new();
/// decoder.feed(b"event: tick\nda");
/// assert_eq!(decoder.next(), None);
///
/// decoder.feed(b"ta: 1\n\n");
/// let event = Event::data("1").event("tick");
/// assert_eq!(decoder.next(), Some(Ok(StreamItem::Event(event))));
/// ```
#[derive(Debug)]
#[must_use]
pub struct Decoder {
    lines: Lines,
    /// Whether no line has been read yet, so that the next one may begin with a BOM.
    at_start: bool,
    /// Whether to skip all lines up to the next blank one, because an event was too long.
    skip: bool,
    block: Block,
    last_id: LastId,
    reconnection_time: Option<Duration>,
    max_event_size: usize,
    comments: bool,
    retries: bool,
}

/// The fields read since the last blank line.
#[derive(Debug, Default)]
struct Block {
    name: Option<EventName>,
    /// Any text without NUL, as the standard allows.
    id: Option<SharedStr>,
    data: Data,
    /// The size in bytes of the lines read, without comments and line ends.
    size: usize,
}

impl Decoder {
    /// The bound on an event's size unless [`max_event_size`](Self::max_event_size) sets another:
    /// 1 MiB. A higher bound would let a server fill more of a client's memory with one endless line; a
    /// lower one would drop pictures that some servers send as base64.
    pub const MAX_EVENT_SIZE: usize = 1024 * 1024;

    /// Makes a decoder for a new stream.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// assert_eq!(decoder.last_event_id(), "");
    /// assert_eq!(decoder.next(), None);
    /// ```
    pub fn new() -> Self {
        // HTML 9.2.6: "They must be initialized to the empty string."
        Self::resume("")
    }

    /// Makes a decoder for a stream that continues after a lost connection. Until an event sets another,
    /// the [last event ID](Self::last_event_id) stays as it was before.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::resume("41");
    /// decoder.feed(b"data: an event without an ID\n\n");
    /// assert!(decoder.next().is_some());
    /// assert_eq!(decoder.last_event_id(), "41");
    /// ```
    pub fn resume(last_event_id: &str) -> Self {
        Self {
            lines: Lines::new(),
            at_start: true,
            skip: false,
            block: Block::default(),
            last_id: LastId::new(last_event_id),
            reconnection_time: None,
            max_event_size: Self::MAX_EVENT_SIZE,
            comments: false,
            retries: false,
        }
    }

    /// Sets the bound on an event's size, in bytes of its lines without their ends. A comment line does
    /// not count towards its event's size; the bound applies to each comment line separately.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new().max_event_size(16);
    /// decoder.feed(b"data: more than 16 bytes\n\ndata: short\n\n");
    /// assert!(decoder.next().is_some_and(|item| item.is_err()));
    /// assert!(decoder.next().is_some_and(|item| item.is_ok()));
    /// ```
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Sets whether each comment line is yielded as an item. Default: no.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Decoder, StreamItem};
    /// let mut decoder = Decoder::new().comments(true);
    /// decoder.feed(b": keep-alive\n");
    /// assert_eq!(decoder.next(), Some(Ok(StreamItem::Comment("keep-alive".into()))));
    /// ```
    pub fn comments(mut self, wanted: bool) -> Self {
        self.comments = wanted;
        self
    }

    /// Sets whether each new reconnection time is yielded as an item. Default: no.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::{Decoder, StreamItem};
    /// let mut decoder = Decoder::new().retries(true);
    /// decoder.feed(b"retry: 500\n");
    /// assert_eq!(decoder.next(), Some(Ok(StreamItem::Retry(Duration::from_millis(500)))));
    /// ```
    pub fn retries(mut self, wanted: bool) -> Self {
        self.retries = wanted;
        self
    }

    /// Takes a copy of the next bytes of the stream.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// decoder.feed(b"data: a\n");
    /// decoder.feed(b"\ndata: b\n\n");
    /// assert_eq!(decoder.count(), 2);
    /// ```
    pub fn feed(&mut self, chunk: &[u8]) {
        self.feed_bytes(Bytes::copy_from_slice(chunk));
    }

    /// Takes the next bytes of the stream without copying them.
    ///
    /// # Example
    /// ```
    /// # use bytes::Bytes;
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// decoder.feed_bytes(Bytes::from_static(b"data: a\n\n"));
    /// assert_eq!(decoder.count(), 1);
    /// ```
    pub fn feed_bytes(&mut self, chunk: Bytes) {
        self.lines.feed(chunk);
    }

    /// Returns the last event ID as of the last item taken, exactly as received (WHATWG HTML 9.2.6). It is
    /// empty until the stream sets one.
    ///
    /// Use [`resume_header`](Self::resume_header) to reconnect, because not every ID is a legal header
    /// value.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// decoder.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    /// decoder.next();
    /// assert_eq!(decoder.last_event_id(), "1");
    /// decoder.next();
    /// assert_eq!(decoder.last_event_id(), "2");
    /// ```
    pub fn last_event_id(&self) -> &str {
        self.last_id.as_str()
    }

    /// Returns the value of the `Last-Event-ID` header for a reconnect, or `None` to send no such header.
    ///
    /// It is always a legal field value (RFC 9110 5.5), is encoded in UTF-8 as the standard requires
    /// (WHATWG HTML 9.2.4), and has at most [`EventId::MAX_LEN`] bytes. If the last event ID cannot be
    /// sent, this is the last one before it that can: the server then sends some events again, but skips
    /// none.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// decoder.feed(b"id: 7\ndata: a\n\nid: form \x0c feed\ndata: b\n\n");
    /// assert_eq!(decoder.by_ref().count(), 2);
    /// assert_eq!(decoder.last_event_id(), "form \u{c} feed");
    /// assert_eq!(decoder.resume_header(), Some(&b"7"[..]));
    /// ```
    pub fn resume_header(&self) -> Option<&[u8]> {
        self.last_id.header()
    }

    /// Returns the last reconnection time that the stream has set.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Decoder;
    /// let mut decoder = Decoder::new();
    /// decoder.feed(b"retry: 500\n");
    /// assert_eq!(decoder.next(), None);
    /// assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(500)));
    /// ```
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Reads lines until they complete an item. Kept out of line, so that the result is written directly
    /// to its destination: an event is large, and moving it costs as much as searching for a line.
    #[inline(never)]
    fn next_item(&mut self) -> Option<Result<StreamItem, EventTooLong>> {
        loop {
            if self.skip && !self.pass_block() {
                return None;
            }
            let (max, size) = (self.max_event_size, self.block.size);
            // The bound may have been lowered within this event.
            let limit = |first| if first == b':' { max } else { max.saturating_sub(size) };
            let line = match self.lines.next(limit)? {
                Ok(line) => line,
                Err(LongLine) => return Some(Err(self.too_long())),
            };
            if let Some(item) = self.read_line(line) {
                return Some(Ok(item));
            }
        }
    }

    #[inline]
    fn read_line(&mut self, line: Range<usize>) -> Option<StreamItem> {
        let Range { mut start, end } = line;
        let size = end - start; // includes a BOM, as the bound does
        // HTML 9.2.6: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
        if std::mem::take(&mut self.at_start) && self.lines.bytes(start..end).starts_with(BOM) {
            start += BOM.len();
        }
        let line = self.lines.bytes(start..end);
        // HTML 9.2.6: "If the line is empty (a blank line)"
        if line.is_empty() {
            return self.dispatch();
        }
        // Most lines are data lines, which need no search for the colon.
        let colon = match line.starts_with(b"data:") {
            true => Some(4),
            false => memchr::memchr(b':', line),
        };
        if colon != Some(0) {
            self.block.size += size;
        }
        // HTML 9.2.6: "Collect the characters on the line before the first U+003A COLON character (:)"
        // HTML 9.2.6: "using the whole line as the field name, and the empty string as the field value"
        let (field, after) = line.split_at(colon.unwrap_or(line.len()));
        let after = after.get(1..).unwrap_or_default(); // the colon
        // HTML 9.2.6: "If value starts with a U+0020 SPACE character, remove it from value."
        let value = after.strip_prefix(b" ").unwrap_or(after);
        let value = end - value.len()..end;
        // HTML 9.2.6: "Field names must be compared literally, with no case folding performed."
        match field {
            // HTML 9.2.6: "Append the field value to the data buffer"
            b"data" => {
                let text = self.lines.text(value);
                self.block.data.push(text);
            }
            // HTML 9.2.6: "If the line starts with a U+003A COLON character (:)"
            b"" if self.comments => {
                return Some(StreamItem::Comment(Text::from_line(self.lines.text(value))));
            }
            // HTML 9.2.6: "Set the event type buffer to the field value."
            b"event" => self.block.name = EventName::of_line(self.lines.text(value)),
            // HTML 9.2.6: "If the field value does not contain U+0000 NULL, then set the last event ID buffer to
            // the field value."
            b"id" => {
                let id = self.lines.text(value);
                if !id.as_bytes().contains(&0) {
                    self.block.id = Some(id);
                }
            }
            // HTML 9.2.6: "set the event stream's reconnection time to that integer"
            b"retry" => {
                let time = milliseconds(self.lines.bytes(value))?;
                self.reconnection_time = Some(time);
                return self.retries.then_some(StreamItem::Retry(time));
            }
            // HTML 9.2.6: "The field is ignored."
            _ => {}
        }
        None
    }

    /// Drops an event that has become too long, including its ID.
    #[cold]
    fn too_long(&mut self) -> EventTooLong {
        self.at_start = false;
        self.block = Block::default();
        self.skip = true;
        EventTooLong { limit: self.max_event_size }
    }

    /// Skips the rest of an event that was too long; returns whether the event has ended.
    #[cold]
    fn pass_block(&mut self) -> bool {
        self.skip = !self.lines.pass_block();
        !self.skip
    }

    fn dispatch(&mut self) -> Option<StreamItem> {
        match std::mem::take(&mut self.block.data).into_text() {
            Some(data) => Some(self.event(data)),
            // HTML 9.2.6: "If the data buffer is an empty string, set the data buffer and the event type buffer to
            // the empty string and return."
            None => {
                self.block.name = None;
                self.block.size = 0;
                self.take_id();
                None
            }
        }
    }

    #[inline]
    fn event(&mut self, data: Text) -> StreamItem {
        self.block.size = 0;
        // HTML 9.2.6: "Set the data buffer and the event type buffer to the empty string."
        let (name, id) = (self.block.name.take(), self.take_id());
        StreamItem::Event(Event { event: name, id, data: Some(data), comment: None, retry: None })
    }

    /// Makes the block's ID the last event ID.
    #[inline]
    fn take_id(&mut self) -> Option<EventId> {
        self.last_id.set(self.block.id.take()?)
    }
}

/// Yields the items that the bytes so far complete. After `None`, feed more bytes and call `next` again.
impl Iterator for Decoder {
    type Item = Result<StreamItem, EventTooLong>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // Most events are one line of data. If the size is 0, no line of an event has been read yet.
        if self.block.size == 0
            && !self.at_start
            && !self.skip
            && let Some(value) = self.lines.event_of_one_line(self.max_event_size)
        {
            // This is `Lines::text`, but a separate return for each kind of text saves a move of the event.
            if let Some(text) = self.lines.short_text(&value) {
                return Some(Ok(StreamItem::Event(Event::of_line(SharedStr::Short(text)))));
            }
            if let Some(text) = self.lines.long_text(&value) {
                return Some(Ok(StreamItem::Event(Event::of_line(SharedStr::Shared(text)))));
            }
            return Some(Ok(StreamItem::Event(Event::of_line(self.lines.lossy(value)))));
        }
        self.next_item()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

fn milliseconds(digits: &[u8]) -> Option<Duration> {
    // HTML 9.2.6: "If the field value consists of only ASCII digits, then interpret the field value as an
    // integer in base ten"
    // `u64::from_str` alone would also accept a sign.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Duration::from_millis(std::str::from_utf8(digits).ok()?.parse().ok()?))
}

const BOM: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests;
