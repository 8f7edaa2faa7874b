//! Chunks of bytes to lines (WHATWG HTML 9.2.5), and the text that they are.

use std::{collections::VecDeque, mem, ops::Range};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

use crate::shared_str::{SharedStr, ShortStr};

/// The lines of what was fed.
#[derive(Debug)]
pub(super) struct Lines {
    /// What is read, from `at` on.
    chunk: Bytes,
    at: usize,
    /// No line ends between `at` and this.
    searched: usize,
    /// What comes after it; none is empty.
    chunks: VecDeque<Bytes>,
    /// The start of a line whose end is in none of the chunks so far.
    part: BytesMut,
    /// A line that is passed over goes on.
    in_line: bool,
    /// The last line ended with CR, so an LF that follows belongs to that line break.
    after_cr: bool,
    /// What of `chunk` was checked for UTF-8, to take short text from.
    checked: Range<usize>,
    /// The text of that; empty if it is not all UTF-8.
    text: ByteString,
}

/// A line is longer than allowed; what follows it is not looked at yet.
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

    /// Moves on to the next whole line; returns where in the chunk it stands, without its end, or
    /// `None` when more bytes are needed.
    ///
    /// `limit` says how long a line may be that starts with a byte. One that is longer is left where it
    /// is, for [`pass_block`](Self::pass_block) to pass over.
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
            // Most lines that are not of a field are blank, so a look comes before the search.
            let end = match first {
                b'\n' => Some(0),
                _ => {
                    let searched = self.searched.saturating_sub(self.at);
                    memchr::memchr2(b'\r', b'\n', &rest[searched..]).map(|end| searched + end)
                }
            };
            // Most lines are whole and end with LF.
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

    /// Takes a line, or a piece of one, that is not simply a slice of its chunk that LF ends; `None` if
    /// that makes no whole line yet.
    #[inline(never)]
    fn piece(
        &mut self,
        first: u8,
        end: Option<usize>,
        limit: &impl Fn(u8) -> usize,
    ) -> Option<Result<Range<usize>, LongLine>> {
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

    /// Moves on past a line's end, or past all that there is of the line.
    fn pass(&mut self, end: Option<usize>) {
        match end {
            Some(end) => {
                // A CR that is the last byte may be half of a line break; any other shows what it is.
                let end = &self.chunk[self.at + end..];
                self.after_cr = end == b"\r";
                self.at = self.chunk.len() - end.len() + 1 + usize::from(end.starts_with(b"\r\n"));
            }
            None => self.at = self.chunk.len(),
        }
    }

    /// Passes over lines to the end of the next blank one; returns whether there was one. If not, the
    /// next call goes on.
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

    /// Goes on to the next chunk. The last one is let go even if there is none yet.
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

    /// Puts a line that came in pieces before the rest of its last chunk.
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

    /// Moves on past a line of data and the blank line after it, if they are next and whole in the
    /// chunk; returns where the data stands.
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

    /// Returns a part of a line as text; what is not UTF-8 is replaced.
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

    /// Returns a part of a line as text, if that is short and UTF-8: a copy, out of text that is checked
    /// many lines at a time.
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

    /// Returns a part of a line as text, if that is long and UTF-8: a slice of the chunk, which is checked
    /// by itself, as the search for the line's end has just brought it into the cache.
    #[inline]
    pub(super) fn long_text(&self, part: &Range<usize>) -> Option<ByteString> {
        if part.len() <= ShortStr::new().capacity() {
            return None;
        }
        self.chunk.slice(part.clone()).try_into().ok()
    }

    /// Returns a part of a line as text, with a replacement character for what is not UTF-8.
    #[cold]
    pub(super) fn lossy(&self, part: Range<usize>) -> SharedStr {
        String::from_utf8_lossy(&self.chunk[part]).into_owned().into()
    }

    /// Checks a part of a line, and whole lines that follow it, for UTF-8. To the end of a line, since
    /// a chunk may end within a character.
    #[inline(never)]
    fn check(&mut self, part: &Range<usize>) {
        let ahead = self.chunk.len().min(part.start + AHEAD).max(part.end);
        let lines = memchr::memrchr2(b'\r', b'\n', &self.chunk[part.end..ahead]).unwrap_or(0);
        self.checked = part.start..part.end + lines;
        self.text = self.chunk.slice(self.checked.clone()).try_into().unwrap_or_default();
    }
}

/// How far ahead short lines are checked for UTF-8: many together cost little more than one, and a long
/// line among them is checked twice.
const AHEAD: usize = 1_024;
