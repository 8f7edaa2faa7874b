//! Splits chunks of bytes into lines (WHATWG HTML 9.2.5), and reads lines as text.

use std::{collections::VecDeque, mem, ops::Range};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

use crate::shared_str::{SharedStr, ShortStr};

/// Splits the bytes that were fed into lines.
#[derive(Debug)]
pub(super) struct Lines {
    /// The chunk that is being read; the unread bytes begin at `at`.
    chunk: Bytes,
    at: usize,
    /// There is no line end between `at` and this position.
    searched: usize,
    /// The chunks after `chunk`, none of them empty.
    chunks: VecDeque<Bytes>,
    /// The start of a line, from earlier chunks, whose end has not been found yet.
    part: BytesMut,
    /// Whether a line that is being skipped continues in the next chunk.
    in_line: bool,
    /// Whether the last line ended with a CR at the end of its chunk, so that an LF which follows belongs to
    /// the same line break.
    after_cr: bool,
    /// The part of `chunk` that has been checked for UTF-8, to copy short text from.
    checked: Range<usize>,
    /// The text of `checked`. It is empty if `checked` is not valid UTF-8.
    text: ByteString,
}

/// The error for a line that is longer than allowed. The lines after it have not been read yet.
#[derive(Debug)]
pub(super) struct LongLine;

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            chunk: Bytes::new(),
            at: 0,
            searched: 0,
            chunks: VecDeque::new(),
            part: BytesMut::new(),
            in_line: false,
            after_cr: false,
            checked: 0..0,
            text: ByteString::new(),
        }
    }

    /// Takes the next bytes of the stream.
    pub(super) fn feed(&mut self, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        if self.at == self.chunk.len() && self.chunks.is_empty() {
            self.start(chunk);
        } else {
            self.chunks.push_back(chunk);
        }
    }

    /// Reads the next whole line; returns its range in the chunk, without its end, or `None` if more bytes
    /// are needed.
    ///
    /// `limit` maps the first byte of a line to the greatest length that the line may have, in bytes. A
    /// longer line is left unread, for [`pass_block`](Self::pass_block) to skip.
    #[inline]
    pub(super) fn next(
        &mut self,
        limit: impl Fn(u8) -> usize,
    ) -> Option<Result<Range<usize>, LongLine>> {
        loop {
            let rest = self.chunk.get(self.at..).unwrap_or_default();
            let Some(&first) = rest.first() else {
                self.next_chunk()?;
                continue;
            };
            // Most lines without a field are blank, so check for an LF before the search.
            // HTML 9.2.6: "The stream must then be parsed by reading everything line by line"
            let end = match first {
                b'\n' => Some(0),
                _ => {
                    let searched = self.searched.saturating_sub(self.at);
                    memchr::memchr2(b'\r', b'\n', &rest[searched..]).map(|end| searched + end)
                }
            };
            // Most lines are within one chunk and end with LF.
            if let Some(len) = end
                && rest[len] == b'\n'
                && !self.after_cr
                && self.part.is_empty()
                && len <= limit(first)
            {
                let start = self.at;
                self.at += len + 1;
                return Some(Ok(start..start + len));
            }
            if let Some(line) = self.piece(first, end, &limit) {
                return Some(line);
            }
        }
    }

    /// Reads a line, or a piece of one, in the cases that [`next`](Self::next) does not handle itself.
    /// Returns `None` if the line is not complete yet.
    #[inline(never)]
    fn piece(
        &mut self,
        first: u8,
        end: Option<usize>,
        limit: &impl Fn(u8) -> usize,
    ) -> Option<Result<Range<usize>, LongLine>> {
        // HTML 9.2.6: "a single U+000A LINE FEED (LF) character not preceded by a U+000D CARRIAGE RETURN (CR)
        // character"
        if mem::take(&mut self.after_cr) && first == b'\n' {
            self.at += 1;
            return None;
        }
        let start = self.at;
        let len = end.unwrap_or(self.chunk.len() - start);
        if self.part.len() + len > limit(*self.part.first().unwrap_or(&first)) {
            return Some(Err(LongLine));
        }
        self.pass(end);
        let piece = start..start + len;
        if end.is_some() && self.part.is_empty() {
            return Some(Ok(piece));
        }
        self.part.extend_from_slice(&self.chunk[piece]);
        end.map(|_| Ok(self.join()))
    }

    /// Moves past the end of a line, or to the end of the chunk if the line does not end there.
    fn pass(&mut self, end: Option<usize>) {
        match end {
            Some(end) => {
                // HTML 9.2.5: "line buffering with different expected line endings can cause delays in event
                // dispatch"
                // So a CR ends its line at once. If it is the chunk's last byte, it may be the first half of a
                // CRLF. After any other CR, the next byte shows whether it is.
                let end = &self.chunk[self.at + end..];
                self.after_cr = end == b"\r";
                self.at = self.chunk.len() - end.len() + 1 + usize::from(end.starts_with(b"\r\n"));
            }
            None => self.at = self.chunk.len(),
        }
    }

    /// Skips lines up to and including the next blank one; returns whether it was found. If not, the next
    /// call continues the search.
    pub(super) fn pass_block(&mut self) -> bool {
        self.part.clear();
        loop {
            let rest = &self.chunk[self.at..];
            let Some(&first) = rest.first() else {
                if self.next_chunk().is_none() {
                    return false;
                }
                continue;
            };
            if mem::take(&mut self.after_cr) && first == b'\n' {
                self.at += 1;
                continue;
            }
            let end = memchr::memchr2(b'\r', b'\n', rest);
            let is_blank = end == Some(0) && !self.in_line;
            self.in_line = end.is_none();
            self.pass(end);
            if is_blank {
                return true;
            }
        }
    }

    /// Moves to the next chunk. Drops the current one even if no other has been fed yet.
    fn next_chunk(&mut self) -> Option<()> {
        let next = self.chunks.pop_front();
        let is_there = next.is_some();
        self.start(next.unwrap_or_default());
        is_there.then_some(())
    }

    fn start(&mut self, chunk: Bytes) {
        self.chunk = chunk;
        self.at = 0;
        self.searched = 0;
        if self.checked.end > 0 {
            self.text = ByteString::new();
            self.checked = 0..0;
        }
    }

    /// Makes a chunk of a line that arrived in pieces, and puts it before the rest of its last chunk.
    fn join(&mut self) -> Range<usize> {
        let rest = self.chunk.split_off(self.at);
        if !rest.is_empty() {
            self.chunks.push_front(rest);
        }
        let line = self.part.split().freeze();
        self.start(line);
        self.at = self.chunk.len();
        0..self.at
    }

    /// Returns a line's bytes.
    #[inline]
    pub(super) fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.chunk[line]
    }

    /// Reads a line of data and the blank line after it, if they are next and within the chunk; returns the
    /// range of the data.
    #[inline]
    pub(super) fn event_of_one_line(&mut self, limit: usize) -> Option<Range<usize>> {
        if self.after_cr || !self.part.is_empty() {
            return None;
        }
        let rest = self.chunk.get(self.at..)?;
        if !rest.starts_with(b"data:") {
            return None;
        }
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        self.searched = self.at + end;
        let ends = match &rest[end..] {
            [b'\n', b'\n', ..] => 2,
            [b'\r', b'\n', b'\r', b'\n', ..] => 4,
            _ => return None,
        };
        if end > limit {
            return None;
        }
        let start = self.at + 5 + usize::from(rest[5] == b' ');
        let end = self.at + end;
        self.at = end + ends;
        Some(start..end)
    }

    /// Returns a part of a line as text, with invalid UTF-8 replaced.
    #[inline]
    pub(super) fn text(&mut self, part: Range<usize>) -> SharedStr {
        if let Some(text) = self.short_text(&part) {
            return SharedStr::Short(text);
        }
        if let Some(text) = self.long_text(&part) {
            return SharedStr::Shared(text);
        }
        self.lossy(part)
    }

    /// Returns a part of a line as text, if it is short and valid UTF-8. The text is a copy out of
    /// `checked`, which covers many lines at a time.
    #[inline]
    pub(super) fn short_text(&mut self, part: &Range<usize>) -> Option<ShortStr> {
        if part.len() > ShortStr::new().capacity() {
            return None;
        }
        if part.end > self.checked.end {
            self.check(part);
        }
        let start = self.checked.start;
        let text = self.text.get(part.start - start..part.end - start)?;
        ShortStr::from(text).ok()
    }

    /// Returns a part of a line as text, if it is long and valid UTF-8. The text is a slice of the chunk.
    /// It is checked separately, because the search for the line's end has just brought it into the cache.
    #[inline]
    pub(super) fn long_text(&self, part: &Range<usize>) -> Option<ByteString> {
        if part.len() <= ShortStr::new().capacity() {
            return None;
        }
        self.chunk.slice(part.clone()).try_into().ok()
    }

    /// Returns a part of a line as text, with replacement characters for invalid UTF-8.
    #[cold]
    // HTML 9.2.6: "Streams must be decoded using the UTF-8 decode algorithm."
    pub(super) fn lossy(&self, part: Range<usize>) -> SharedStr {
        String::from_utf8_lossy(&self.chunk[part]).into_owned().into()
    }

    /// Checks a part of a line, and whole lines that follow it, for UTF-8. The check stops at the end of a
    /// line, because a chunk may end within a character.
    #[inline(never)]
    fn check(&mut self, part: &Range<usize>) {
        let ahead = self.chunk.len().min(part.start + AHEAD).max(part.end);
        let lines = memchr::memrchr2(b'\r', b'\n', &self.chunk[part.end..ahead]).unwrap_or(0);
        self.checked = part.start..part.end + lines;
        self.text = self.chunk.slice(self.checked.clone()).try_into().unwrap_or_default();
    }
}

/// The number of bytes that are checked for UTF-8 ahead of a short line. Checking many short lines
/// together costs little more than checking one; a long line among them is checked twice.
const AHEAD: usize = 1_024;
