//! Bytes to events (WHATWG HTML 9.2.5 and 9.2.6), without I/O.

mod decoded;
mod lines;

use std::{error, fmt, ops::Range, time::Duration};

use bytes::Bytes;

use crate::{Event, EventId, EventName, Text, shared_str::SharedStr};

pub use self::decoded::Decoded;
use self::lines::{Lines, LongLine};

/// An incremental decoder of an event stream.
///
/// Feed it what the network gives, cut anywhere, and take the items out. It follows the standard to
/// the letter: a BOM is skipped once, CR ends a line at once, invalid UTF-8 is replaced, an ID with
/// NUL is ignored, the unfinished tail of a stream never becomes an event. Only where the standard
/// would forget the last event ID at a reconnect, [`resume`](Self::resume) keeps it, as browsers do.
///
/// The standard allows IDs that an [`EventId`] does not, such as one with a control character. Such an
/// event has no [`id`](Event::id); [`last_event_id`](Self::last_event_id) reports what was received,
/// and [`resume_header`](Self::resume_header) what can be sent back.
///
/// A line of more than 32 bytes that lies whole in one chunk is not copied: its text is a slice of
/// the chunk, and keeps the chunk alive. Shorter lines are copied, which is cheaper than counting
/// references.
///
/// # Example
/// ```
/// # use sse_core::{Decoded, Decoder, Event};
/// let mut decoder = Decoder::new();
/// decoder.feed(b"event: tick\nda");
/// assert_eq!(decoder.next(), None);
///
/// decoder.feed(b"ta: 1\n\n");
/// let event = Event::data("1").event("tick");
/// assert_eq!(decoder.next(), Some(Ok(Decoded::Event(event))));
/// ```
#[derive(Debug)]
#[must_use]
pub struct Decoder {
    lines: Lines,
    /// No line was read yet, so one may begin with a BOM.
    at_start: bool,
    /// An event was too long; all to the next blank line is passed over.
    skip: bool,
    block: Block,
    last_event_id: SharedStr,
    /// The last ID that a header can carry; set only while `last_event_id` is not such an ID.
    sendable_id: Option<SharedStr>,
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
    /// In bytes, of the lines read (comments apart).
    size: usize,
}

#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    Line(SharedStr),
    Lines {
        text: String,
        breaks: usize,
    },
}

impl Decoder {
    /// The bound on an event's size unless [`max_event_size`](Self::max_event_size) sets another:
    /// 1 MiB. More would let a server fill a client's memory with one endless line; less would cut
    /// off pictures that people do send as base64.
    pub const MAX_EVENT_SIZE: usize = 1024 * 1024;

    /// Starts a decoder for a new stream.
    pub fn new() -> Self {
        Self::resume("")
    }

    /// Starts a decoder for a stream that continues after a lost connection: an event without an ID
    /// of its own then still has the [last event ID](Self::last_event_id) from before.
    pub fn resume(last_event_id: &str) -> Self {
        Self {
            lines: Lines::new(),
            at_start: true,
            skip: false,
            block: Block::default(),
            last_event_id: last_event_id.into(),
            sendable_id: None,
            reconnection_time: None,
            max_event_size: Self::MAX_EVENT_SIZE,
            comments: false,
            retries: false,
        }
    }

    /// Sets the bound on an event's size, in bytes of its lines without their ends; a comment line
    /// is bounded by itself.
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Asks for comments, each line an item.
    pub fn comments(mut self, wanted: bool) -> Self {
        self.comments = wanted;
        self
    }

    /// Asks for new reconnection times as items.
    pub fn retries(mut self, wanted: bool) -> Self {
        self.retries = wanted;
        self
    }

    /// Takes a copy of the next bytes of the stream.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.feed_bytes(Bytes::copy_from_slice(chunk));
    }

    /// Takes the next bytes of the stream without copying them.
    pub fn feed_bytes(&mut self, chunk: Bytes) {
        self.lines.feed(chunk);
    }

    /// Returns the last event ID, exactly as received, as of the last item taken (WHATWG HTML 9.2.6).
    /// Empty until the stream has set one.
    ///
    /// Use [`resume_header`](Self::resume_header) to reconnect: not every ID is a legal header value.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Returns the value of the `Last-Event-ID` header for a reconnect; `None` means to send no header.
    ///
    /// It is always a legal field value (RFC 9110 5.5), in UTF-8 as the standard asks (WHATWG HTML
    /// 9.2.4), and at most [`EventId::MAX_LEN`] bytes. If the last event ID cannot be sent, this is the
    /// last one that could: the server then sends some events again, but skips none.
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
        let id = self.sendable_id.as_ref().unwrap_or(&self.last_event_id);
        let value = id.trim_matches(WHITESPACE);
        (is_field_value(id) && !value.is_empty()).then_some(value.as_bytes())
    }

    /// The last reconnection time that the stream has set.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Reads lines until they make an item. Not inlined, so that the result is written where the
    /// caller wants it: an event is large, and each move of it costs as much as a search for a line.
    #[inline(never)]
    fn next_item(&mut self) -> Option<Result<Decoded, TooLong>> {
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
    fn read_line(&mut self, line: Range<usize>) -> Option<Decoded> {
        let Range { mut start, end } = line;
        let size = end - start; // a BOM counts, as the bound has counted it
        if std::mem::take(&mut self.at_start) && self.lines.bytes(start..end).starts_with(BOM) {
            start += BOM.len();
        }
        let line = self.lines.bytes(start..end);
        if line.is_empty() {
            return self.dispatch();
        }
        // Most lines are of data, which are known without a search.
        let colon = match line.starts_with(b"data:") {
            true => Some(4),
            false => memchr::memchr(b':', line),
        };
        if colon != Some(0) {
            self.block.size += size;
        }
        let (field, after) = line.split_at(colon.unwrap_or(line.len()));
        let after = after.get(1..).unwrap_or_default(); // the colon
        let value = after.strip_prefix(b" ").unwrap_or(after);
        let value = end - value.len()..end;
        match field {
            b"data" => {
                let text = self.lines.text(value);
                self.block.data.push(text);
            }
            b"" if self.comments => {
                return Some(Decoded::Comment(Text::from_line(self.lines.text(value))));
            }
            b"event" => self.block.name = EventName::of_line(self.lines.text(value)),
            b"id" => {
                let id = self.lines.text(value);
                if !id.as_bytes().contains(&0) {
                    self.block.id = Some(id);
                }
            }
            b"retry" => {
                let time = milliseconds(self.lines.bytes(value))?;
                self.reconnection_time = Some(time);
                return self.retries.then_some(Decoded::Retry(time));
            }
            _ => {}
        }
        None
    }

    /// Drops an event that has become too long, its ID too.
    #[cold]
    fn too_long(&mut self) -> TooLong {
        self.at_start = false;
        self.block = Block::default();
        self.skip = true;
        TooLong { limit: self.max_event_size }
    }

    /// Passes over what is left of an event that was too long; returns whether it has ended.
    #[cold]
    fn pass_block(&mut self) -> bool {
        self.skip = !self.lines.pass_block();
        !self.skip
    }

    fn dispatch(&mut self) -> Option<Decoded> {
        match std::mem::take(&mut self.block.data).into_text() {
            Some(data) => Some(self.event(data)),
            None => {
                self.block.name = None;
                self.block.size = 0;
                self.take_id();
                None
            }
        }
    }

    #[inline]
    fn event(&mut self, data: Text) -> Decoded {
        self.block.size = 0;
        let (name, id) = (self.block.name.take(), self.take_id());
        Decoded::Event(Event { event: name, id, data: Some(data), comment: None, retry: None })
    }

    /// Makes the block's ID the last event ID.
    #[inline]
    fn take_id(&mut self) -> Option<EventId> {
        let received = self.block.id.take()?;
        let id = EventId::received(&received);
        let before = std::mem::replace(&mut self.last_event_id, received);
        if id.is_some() || is_field_value(&self.last_event_id) {
            self.sendable_id = None;
        } else if is_field_value(&before) {
            self.sendable_id = Some(before);
        }
        id
    }
}

/// The items that the bytes so far make. After `None`, feed more and go on.
impl Iterator for Decoder {
    type Item = Result<Decoded, TooLong>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // Most events are one line of data. No line of an event was read yet if the size is 0.
        if self.block.size == 0
            && !self.at_start
            && !self.skip
            && let Some(value) = self.lines.event_of_one_line(self.max_event_size)
        {
            // `Lines::text` would do; but each kind of text having a return of its own saves a move.
            if let Some(text) = self.lines.short_text(&value) {
                return Some(Ok(Decoded::Event(Event::of_line(SharedStr::Short(text)))));
            }
            if let Some(text) = self.lines.long_text(&value) {
                return Some(Ok(Decoded::Event(Event::of_line(SharedStr::Shared(text)))));
            }
            return Some(Ok(Decoded::Event(Event::of_line(self.lines.lossy(value)))));
        }
        self.next_item()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Data {
    fn push(&mut self, line: SharedStr) {
        match self {
            Self::None => *self = Self::Line(line),
            Self::Line(first) => {
                let text = [first, "\n", &line].concat();
                *self = Self::Lines { text, breaks: 1 };
            }
            Self::Lines { text, breaks } => {
                text.push('\n');
                text.push_str(&line);
                *breaks += 1;
            }
        }
    }

    fn into_text(self) -> Option<Text> {
        match self {
            Self::None => None,
            Self::Line(line) => Some(Text::from_line(line)),
            Self::Lines { text, breaks } => Some(Text::from_lines(text, breaks)),
        }
    }
}

/// Whether a header can carry an ID, apart from white space at its ends (RFC 9110 5.5).
fn is_field_value(id: &str) -> bool {
    let blank = !id.is_empty() && id.trim_matches(WHITESPACE).is_empty();
    !blank
        && id.len() <= EventId::MAX_LEN
        && id.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
}

/// What HTTP removes from the ends of a header's value.
const WHITESPACE: [char; 2] = [' ', '\t'];

fn milliseconds(digits: &[u8]) -> Option<Duration> {
    // `u64::from_str` would also take a sign.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Duration::from_millis(std::str::from_utf8(digits).ok()?.parse().ok()?))
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// An event, or one line, is longer than the decoder's bound.
///
/// The event is dropped, its ID too; the next item is the first event after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooLong {
    /// The bound, in bytes.
    pub limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event is longer than {} bytes and was dropped; raise Decoder::max_event_size to read it",
            self.limit
        )
    }
}

impl error::Error for TooLong {}

#[cfg(test)]
mod tests;
