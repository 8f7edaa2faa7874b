//! Encodes events as bytes (WHATWG HTML 9.2.5).

use std::{ops::Range, time::Duration};

use bytes::Bytes;
use memchr::memmem;

use crate::{Event, EventId, Frame, Text, line_breaks::LineBreaks};

impl Event {
    /// Encodes the event, in one allocation of exactly the size needed.
    ///
    /// Fields are written in the order comment, `event`, `id`, `retry`, `data`. Every line of data
    /// begins with `data: `; a receiver removes exactly one space (WHATWG HTML 9.2.6).
    ///
    /// A blank line follows only if the event has data, an ID or a name. A comment or a `retry` line takes
    /// effect when the line ends (WHATWG HTML 9.2.6). If the event has nothing else, a blank line would do
    /// harm: popular readers fire an event with empty data for it.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let frame = Event::data(" token").encode();
    /// assert_eq!(frame.as_bytes(), b"data:  token\n\n");
    /// assert_eq!(Event::new().comment("hi").encode().as_bytes(), b": hi\n");
    /// ```
    pub fn encode(&self) -> Frame {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.write(&mut out);
        Frame::from_encoded(out.into(), usize::from(self.data.is_some()))
    }

    /// Appends the encoded event to a buffer.
    ///
    /// Use it to put several events into one write.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let mut out = Vec::new();
    /// for event in [Event::data("a"), Event::data("b")] {
    ///     event.encode_into(&mut out);
    /// }
    /// assert_eq!(out, b"data: a\n\ndata: b\n\n");
    /// ```
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        self.write(out);
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        // HTML 9.2.5: "event = *( comment / field ) end-of-line"
        if let Some(comment) = &self.comment {
            lines(out, COMMENT, comment);
        }
        if let Some(name) = &self.event {
            line(out, EVENT, name);
        }
        if let Some(id) = &self.id {
            line(out, ID, id);
        }
        if let Some(retry) = self.retry {
            line(out, RETRY, itoa::Buffer::new().format(millis(retry)));
        }
        if let Some(data) = &self.data {
            lines(out, DATA, data);
        }
        if self.is_block() {
            out.push(b'\n');
        }
    }

    /// Returns whether a blank line ends the event. Without one, its data, ID or name would become part of
    /// the next event.
    #[inline]
    fn is_block(&self) -> bool {
        self.data.is_some() || self.id.is_some() || self.event.is_some()
    }

    /// Returns the size of the encoded event in bytes.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let event = Event::data("a").id(7);
    /// assert_eq!(event.encoded_len(), event.encode().len());
    /// ```
    pub fn encoded_len(&self) -> usize {
        let mut len = usize::from(self.is_block());
        if let Some(comment) = &self.comment {
            len += lines_len(COMMENT, comment);
        }
        if let Some(name) = &self.event {
            len += line_len(EVENT, name.len());
        }
        if let Some(id) = &self.id {
            len += line_len(ID, id.len());
        }
        if let Some(retry) = self.retry {
            let digits = millis(retry).checked_ilog10().unwrap_or(0) as usize + 1;
            len += line_len(RETRY, digits);
        }
        if let Some(data) = &self.data {
            len += lines_len(DATA, data);
        }
        len
    }
}

impl Event {
    /// Returns where the ID is in the [encoded](Self::encode) event; `None` if it has none.
    ///
    /// A log that encodes an event before it knows the ID can overwrite these bytes with an ID of the same length.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let event = Event::data("a").id(7);
    /// let frame = event.encode();
    /// assert_eq!(event.id_range().map(|range| &frame.as_bytes()[range]), Some(&b"7"[..]));
    /// ```
    pub fn id_range(&self) -> Option<Range<usize>> {
        let len = self.id.as_ref()?.len();
        let mut start = ID.len();
        if let Some(comment) = &self.comment {
            start += lines_len(COMMENT, comment);
        }
        if let Some(name) = &self.event {
            start += line_len(EVENT, name.len());
        }
        Some(start..start + len)
    }
}

impl Frame {
    /// Returns the same event with an ID, where [`Event::encode`] would have put it.
    ///
    /// Use it in a log that gives an event its ID after it has stored the event.
    ///
    /// The frame must hold one event that has no ID. The bytes are copied.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// let event = Event::data("a").event("b");
    /// assert_eq!(event.encode().with_id(&7.into()), event.id(7).encode());
    /// ```
    pub fn with_id(&self, id: &EventId) -> Self {
        let bytes = self.as_bytes();
        let (before, after) = bytes.split_at(id_belongs_at(bytes));
        Self::from_encoded([before, ID, id.as_bytes(), b"\n", after].concat().into(), self.events())
    }

    /// Returns the same events without their IDs, except that the last event gets `id`.
    ///
    /// Use it for events that a client receives all of, or none: one that disconnects before the last event has no
    /// ID to resume from, so it receives all of them again.
    ///
    /// Each event of the frame must have data. The bytes are copied.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, Frame};
    /// let frame = Frame::from_iter(&[Event::data("a").id(1), Event::data("b").id(2)]);
    /// let with_last = Frame::from_iter(&[Event::data("a"), Event::data("b").id(7)]);
    /// assert_eq!(frame.with_last_id(Some(&7.into())), with_last);
    /// ```
    pub fn with_last_id(&self, id: Option<&EventId>) -> Self {
        // Each line begins with the name of its field, so no data can look like an ID.
        let lines = self.as_bytes().split_inclusive(|byte| *byte == b'\n');
        let bytes = lines.filter(|line| !line.starts_with(ID)).collect::<Vec<_>>().concat();
        let Some(id) = id else { return Self::from_encoded(bytes.into(), self.events()) };
        let before_last = bytes.strip_suffix(b"\n\n").unwrap_or_default();
        let last = memmem::rfind(before_last, b"\n\n").map_or(0, |end| end + 2);
        let last_event = Self::from_encoded(Bytes::copy_from_slice(&bytes[last..]), 1).with_id(id);
        Self::from_encoded([&bytes[..last], last_event.as_bytes()].concat().into(), self.events())
    }
}

/// Returns where an encoded event without an ID takes one: after its comment and its name.
fn id_belongs_at(bytes: &[u8]) -> usize {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut at = 0;
    while let Some(line) = lines.next()
        && (line.starts_with(COMMENT) || line.starts_with(EVENT))
    {
        at += line.len();
    }
    at
}

#[inline]
fn line<const N: usize>(out: &mut Vec<u8>, field: &[u8; N], value: &str) {
    out.extend_from_slice(field);
    // HTML 9.2.5: "Event streams in this format must always be encoded as UTF-8."
    out.extend_from_slice(value.as_bytes());
    // HTML 9.2.5: "end-of-line = ( cr lf / cr / lf )"
    out.push(b'\n');
}

#[inline]
fn lines<const N: usize>(out: &mut Vec<u8>, field: &[u8; N], value: &Text) {
    // The last line has no break of its own, so a text of one line needs no search.
    if value.line_count() == 1 {
        return line(out, field, value);
    }
    several_lines(out, field, value);
}

/// Kept out of line: inlined, its loops spill registers.
#[inline(never)]
fn several_lines<const N: usize>(out: &mut Vec<u8>, field: &[u8; N], value: &Text) {
    let before = out.len();
    out.resize(before + lines_len(field, value), 0);
    let (out, text) = (&mut out[before..], value.as_bytes());
    if text.len() / value.line_count() < SHORT {
        write_lines(out, field, text, LineBreaks::of(text));
    } else {
        write_lines(out, field, text, memchr::memchr_iter(b'\n', text));
    }
}

#[inline]
fn write_lines<const N: usize>(
    out: &mut [u8],
    field: &[u8; N],
    text: &[u8],
    breaks: impl Iterator<Item = usize>,
) {
    let (mut at, mut start) = (0, 0);
    for end in breaks {
        write_line(&mut out[at..], field, &text[start..], end - start);
        at += N + end + 1 - start;
        start = end + 1;
    }
    write_line(&mut out[at..], field, &text[start..], text.len() - start);
}

/// Writes a field, the first `len` bytes of a text, and a line break.
#[inline]
fn write_line<const N: usize>(out: &mut [u8], field: &[u8; N], text: &[u8], len: usize) {
    if let (0..=SHORT, Some(out), Some(text)) =
        (len, out.first_chunk_mut::<ROOM>(), text.first_chunk::<SHORT>())
    {
        // A copy of constant size takes a few instructions. It may run past the end of the line, and the
        // next line then overwrites the excess. There is a next line, because `SHORT` bytes of text remain.
        out[..N].copy_from_slice(field);
        out[N..N + SHORT].copy_from_slice(text);
        out[N + len] = b'\n';
    } else {
        out[..N].copy_from_slice(field);
        out[N..N + len].copy_from_slice(&text[..len]);
        out[N + len] = b'\n';
    }
}

/// The length in bytes up to which a line is copied with a constant size.
const SHORT: usize = 32;

/// The room for a short line, its longest field name and its line break.
const ROOM: usize = SHORT + 8;

const fn line_len(field: &[u8], value: usize) -> usize {
    field.len() + value + 1
}

fn lines_len(field: &[u8], value: &Text) -> usize {
    // The text's own line breaks end all lines but the last.
    field.len() * value.line_count() + value.len() + 1
}

fn millis(duration: Duration) -> u64 {
    // HTML 9.2.2: "A reconnection time, in milliseconds."
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

// HTML 9.2.5: "comment = colon *any-char end-of-line"
const COMMENT: &[u8; 2] = b": ";
// HTML 9.2.5: "field = 1*name-char [ colon [ space ] *any-char ] end-of-line"
const EVENT: &[u8; 7] = b"event: ";
const ID: &[u8; 4] = b"id: ";
const RETRY: &[u8; 7] = b"retry: ";
const DATA: &[u8; 6] = b"data: ";

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::EventName;

    #[track_caller]
    fn check(event: Event, expected: &str) {
        let frame = event.encode();
        assert_eq!(std::str::from_utf8(frame.as_bytes()), Ok(expected), "{event:?}");
        assert_eq!(event.encoded_len(), expected.len(), "{event:?}");

        let mut appended = b"before".to_vec();
        event.encode_into(&mut appended);
        assert_eq!(appended, ["before", expected].concat().as_bytes(), "{event:?}");
    }

    #[test]
    fn every_line_of_data_gets_its_field_and_space() {
        check(Event::data("a"), "data: a\n\n");
        check(Event::data("a\nb"), "data: a\ndata: b\n\n");
        check(Event::data("a\rb"), "data: a\ndata: b\n\n");
        check(Event::data("a\r\nb"), "data: a\ndata: b\n\n");
        check(Event::data("a\n\rb"), "data: a\ndata: \ndata: b\n\n");
        check(Event::data(["a\r", "\nb"].concat()), "data: a\ndata: b\n\n");
    }

    #[test]
    fn nothing_is_trimmed() {
        check(Event::data(" a "), "data:  a \n\n");
        check(Event::data("a\n"), "data: a\ndata: \n\n");
        check(Event::data("a\n\n"), "data: a\ndata: \ndata: \n\n");
        check(Event::data("\n"), "data: \ndata: \n\n");
        check(Event::data("\0"), "data: \0\n\n");
        check(Event::data("\u{2028}\u{85}"), "data: \u{2028}\u{85}\n\n");
        check(Event::data("data: x"), "data: data: x\n\n");
    }

    #[test]
    fn empty_data_is_encoded_and_missing_data_is_not() {
        check(Event::data(""), "data: \n\n");
        check(Event::new(), "");
    }

    #[test]
    fn a_blank_line_follows_only_fields_that_would_pass_to_the_next_event() {
        check(Event::new().id(7), "id: 7\n\n");
        check(Event::new().event("a"), "event: a\n\n");
        check(Event::new().event("a").comment("c"), ": c\nevent: a\n\n");
        check(Event::new().comment("c"), ": c\n");
        check(Event::new().retry(Duration::from_secs(1)), "retry: 1000\n");
        check(Event::new().comment("c").retry(Duration::ZERO), ": c\nretry: 0\n");
    }

    #[test]
    fn fields_have_a_fixed_order_and_the_last_call_wins() {
        check(
            Event::data("d")
                .retry(Duration::from_secs(1))
                .id("old")
                .id("i")
                .event("e")
                .comment("c\nc"),
            ": c\n: c\nevent: e\nid: i\nretry: 1000\ndata: d\n\n",
        );
    }

    #[test]
    fn an_id_is_put_where_encoding_puts_it() {
        for event in [
            Event::data("a"),
            Event::data("id: 7\nevent: b").event("event"),
            Event::data("").comment("id: 7\nevent: x").event("b").retry(Duration::from_secs(1)),
            Event::data("a").comment("").retry(Duration::ZERO),
        ] {
            assert_eq!(event.id_range(), None, "{event:?}");
            let frame = event.encode().with_id(&42.into());
            let with_id = event.id(42);
            assert_eq!(frame, with_id.encode(), "{with_id:?}");
            let range = with_id.id_range().expect("it has an ID");
            assert_eq!(frame.as_bytes()[range], *b"42", "{with_id:?}");
        }
    }

    #[test]
    fn only_the_last_event_of_a_frame_gets_the_id() {
        let event = |id: u64| {
            let data = ["", "\n\nid: 3", "id: 3"][id as usize % 3];
            Event::data(data).comment("id: 1\n\n").event("id: 2").retry(Duration::ZERO)
        };
        for count in 1..6 {
            let with_ids = |from| (0..count).map(move |n| event(n).id(from + n));
            let frame: Frame = with_ids(10).collect::<Vec<_>>().iter().collect();
            let mut events: Vec<_> = (0..count).map(event).collect();
            assert_eq!(frame.with_last_id(None), events.iter().collect());
            events.last_mut().expect("there are events").id = Some(77.into());
            assert_eq!(frame.with_last_id(Some(&77.into())), events.iter().collect());
            assert_eq!(Frame::default().with_last_id(None), Frame::default());
        }
    }

    #[test]
    fn values_keep_their_leading_space() {
        let name = EventName::new(" e").expect("one line");
        check(Event::data(" d").event(name), "event:  e\ndata:  d\n\n");
    }

    #[test]
    fn the_reconnection_time_is_in_whole_milliseconds() {
        check(Event::new().retry(Duration::ZERO), "retry: 0\n");
        check(Event::new().retry(Duration::from_micros(1_999)), "retry: 1\n");
        check(Event::new().retry(Duration::from_millis(10)), "retry: 10\n");
        check(Event::new().retry(Duration::MAX), "retry: 18446744073709551615\n");
    }

    #[test]
    fn an_empty_comment_is_one_line() {
        check(Event::new().comment(""), ": \n");
        check(Event::new().comment("a\r\ndata: b"), ": a\n: data: b\n");
    }

    #[test]
    fn json_with_raw_line_breaks_stays_one_event() {
        let raw = RawValue::from_string("{\"a\":\r\n1,\r\"b\":\n\n2}".into()).expect("JSON");
        check(
            Event::json(&raw).expect("JSON"),
            "data: {\"a\":\ndata: 1,\ndata: \"b\":\ndata: \ndata: 2}\n\n",
        );
        check(Event::json("a\r\nb").expect("JSON"), "data: \"a\\r\\nb\"\n\n");
    }
}
