//! Bytes to events (WHATWG HTML 9.2.5 and 9.2.6), without I/O.

mod decoded;

use std::{collections::VecDeque, error, fmt, ops::Range, time::Duration};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

use crate::{Event, EventId, EventName, Text};

pub use self::decoded::Decoded;

/// An incremental decoder of an event stream.
///
/// Feed it what the network gives, cut anywhere, and take the items out. It follows the standard to
/// the letter: a BOM is skipped once, CR ends a line at once, invalid UTF-8 is replaced, an ID with
/// NUL is ignored, the unfinished tail of a stream never becomes an event. Only where the standard
/// would forget the last event ID at a reconnect, [`resume`](Self::resume) keeps it, as browsers do.
///
/// A single-line event that lies whole in one chunk is not copied: its data is a slice of the
/// chunk, and keeps the chunk alive as long as it lives itself.
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
pub struct Decoder {
    /// What is read, from `at` on.
    chunk: Bytes,
    at: usize,
    /// What comes after it; none is empty.
    chunks: VecDeque<Bytes>,
    /// The start of a line whose end is in none of the chunks so far.
    line: BytesMut,
    /// The last line ended with CR, so an LF that follows belongs to that line break.
    after_cr: bool,
    /// No line was read yet, so one may begin with a BOM.
    at_start: bool,
    skip: Skip,
    block: Block,
    last_event_id: EventId,
    reconnection_time: Option<Duration>,
    max_event_size: usize,
    comments: bool,
    retries: bool,
}

/// What to pass over after an event that was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    /// Everything to the end of this line, then the rest of the event.
    Line,
    /// Everything to the next blank line.
    Event,
}

/// The fields read since the last blank line.
#[derive(Debug, Default)]
struct Block {
    name: Option<EventName>,
    id: Option<EventId>,
    data: Data,
    /// In bytes, of the lines read (comments apart).
    size: usize,
}

#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    Line(ByteString),
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
        Self::resume(EventId::default())
    }

    /// Starts a decoder for a stream that goes on after a lost connection: an event without an ID
    /// of its own then still has the [last event ID](Self::last_event_id) from before.
    pub fn resume(last_event_id: EventId) -> Self {
        Self {
            chunk: Bytes::new(),
            at: 0,
            chunks: VecDeque::new(),
            line: BytesMut::new(),
            after_cr: false,
            at_start: true,
            skip: Skip::Nothing,
            block: Block::default(),
            last_event_id,
            reconnection_time: None,
            max_event_size: Self::MAX_EVENT_SIZE,
            comments: false,
            retries: false,
        }
    }

    /// Sets the bound on an event's size, in bytes of its lines without their ends; a comment line
    /// is bounded by itself.
    #[must_use]
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Asks for comments, each line an item.
    #[must_use]
    pub fn comments(mut self, wanted: bool) -> Self {
        self.comments = wanted;
        self
    }

    /// Asks for new reconnection times as items.
    #[must_use]
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
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }

    /// The last event ID as of the last item taken: what to send as `Last-Event-ID` on a reconnect.
    /// Empty until the stream has set one.
    pub fn last_event_id(&self) -> &EventId {
        &self.last_event_id
    }

    /// The last reconnection time that the stream has set.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Moves on to the next whole line; returns where in `chunk` it stands, without its end, or
    /// `None` when more bytes are needed.
    fn next_line(&mut self) -> Option<Result<Range<usize>, TooLong>> {
        loop {
            if self.at == self.chunk.len() {
                // An LF may still follow in the next chunk; `after_cr` waits for it.
                self.chunk = self.chunks.pop_front().unwrap_or_default();
                self.at = 0;
            }
            let rest = &self.chunk[self.at..];
            let first = *rest.first()?;
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                self.at += 1;
                continue;
            }
            // Most lines that are not of a field are blank, so a look comes before the search.
            let end = match first {
                b'\n' | b'\r' => Some(0),
                _ => memchr::memchr2(b'\r', b'\n', rest),
            };
            let len = end.unwrap_or(rest.len());
            self.after_cr = end.is_some_and(|end| rest[end] == b'\r');
            let start = self.at;
            self.at += len + usize::from(end.is_some());
            match self.skip {
                Skip::Nothing => {
                    let is_comment = self.line.first().unwrap_or(&first) == &b':';
                    let before = if is_comment { 0 } else { self.block.size };
                    if before + self.line.len() + len > self.max_event_size {
                        self.line.clear();
                        self.at_start = false;
                        self.block = Block::default();
                        self.skip = if end.is_some() { Skip::Event } else { Skip::Line };
                        return Some(Err(TooLong { limit: self.max_event_size }));
                    }
                }
                Skip::Line => {
                    if end.is_some() {
                        self.skip = Skip::Event;
                    }
                    continue;
                }
                Skip::Event => {
                    if end.is_none() {
                        self.skip = Skip::Line;
                        continue;
                    }
                }
            }
            let part = start..start + len;
            if end.is_some() && self.line.is_empty() {
                return Some(Ok(part));
            }
            self.line.extend_from_slice(&self.chunk[part]);
            if end.is_some() {
                return Some(Ok(self.join()));
            }
        }
    }

    /// Puts a line that came in pieces before the rest of its last chunk.
    fn join(&mut self) -> Range<usize> {
        let rest = self.chunk.split_off(self.at);
        if !rest.is_empty() {
            self.chunks.push_front(rest);
        }
        self.chunk = self.line.split().freeze();
        self.at = self.chunk.len();
        0..self.at
    }

    #[inline]
    fn read_line(&mut self, line: Range<usize>) -> Option<Decoded> {
        let Range { mut start, end } = line;
        let size = end - start; // a BOM counts, as `next_line` has counted it
        if std::mem::take(&mut self.at_start) && self.chunk[start..end].starts_with(BOM) {
            start += BOM.len();
        }
        let line = &self.chunk[start..end];
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
        let text = || text(&self.chunk, end - value.len()..end);
        match field {
            b"data" => {
                let text = text();
                // Most data is one line before the blank one, and need not go through the block.
                if matches!(self.block.data, Data::None)
                    && self.chunk.get(end..end + 2) == Some(b"\n\n")
                {
                    self.at = end + 2;
                    return Some(self.event(Text::from_line(text)));
                }
                self.block.data.push(text);
            }
            b"" if self.comments => return Some(Decoded::Comment(Text::from_line(text()))),
            b"event" => self.block.name = EventName::new(text()).ok(),
            b"id" => {
                if let Ok(id) = EventId::new(text()) {
                    self.block.id = Some(id);
                }
            }
            b"retry" => {
                let time = milliseconds(value)?;
                self.reconnection_time = Some(time);
                return self.retries.then_some(Decoded::Retry(time));
            }
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Decoded> {
        match std::mem::take(&mut self.block.data).into_text() {
            Some(data) => Some(self.event(data)),
            None => {
                self.block.name = None;
                self.block.size = 0;
                if let Some(id) = self.block.id.take() {
                    self.last_event_id = id;
                }
                None
            }
        }
    }

    #[inline]
    fn event(&mut self, data: Text) -> Decoded {
        let Block { name, id, size, .. } = &mut self.block;
        *size = 0;
        if let Some(id) = id {
            self.last_event_id = id.clone();
        }
        let (name, id) = (name.take(), id.take());
        Decoded::Event(Event { event: name, id, data: Some(data), comment: None, retry: None })
    }
}

/// The items that the bytes so far make. After `None`, feed more and go on.
impl Iterator for Decoder {
    type Item = Result<Decoded, TooLong>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.next_line()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            if self.skip == Skip::Event {
                if line.is_empty() {
                    self.skip = Skip::Nothing;
                }
            } else if let Some(item) = self.read_line(line) {
                return Some(Ok(item));
            }
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Data {
    fn push(&mut self, line: ByteString) {
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

/// The text of a line: a slice of its chunk, unless it is no UTF-8.
#[inline]
fn text(chunk: &Bytes, line: Range<usize>) -> ByteString {
    ByteString::try_from(chunk.slice(line.clone()))
        .unwrap_or_else(|_| String::from_utf8_lossy(&chunk[line]).into_owned().into())
}

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
