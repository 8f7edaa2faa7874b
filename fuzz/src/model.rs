//! A slow, obvious event stream parser: WHATWG HTML 9.2.5 and 9.2.6, clause by clause.
//!
//! It shares neither code nor ideas with sse-core: it has the whole stream at once, and knows no chunks. The
//! quotes paraphrase the clauses of the standard; where sse-core adds a rule of its own, the comment says so.

use crate::transcript::{Item, Step};

/// Parses a whole stream and records each step.
///
/// The standard starts every stream with an empty last event ID buffer. `Decoder::resume` starts with the ID
/// from before the reconnect, and so does this function.
pub(crate) fn decode(stream: &[u8], last_event_id: &str, max_event_size: usize) -> Vec<Step> {
    // "Decoded with UTF-8 decode": one BOM is removed, and invalid UTF-8 becomes U+FFFD.
    let text = String::from_utf8_lossy(stream.strip_prefix(BOM).unwrap_or(stream));
    let (text_lines, _) = lines(text.as_bytes());

    // The bound is a rule of sse-core. It counts the bytes as received, including a BOM.
    let (raw_lines, raw_tail) = lines(stream);
    assert_eq!(
        text_lines.len(),
        raw_lines.len(),
        "UTF-8 decoding neither adds nor removes a line break"
    );

    let mut parser = Parser::new(last_event_id);
    let mut size = 0;
    let mut skipping = false;
    for (line, raw_line) in text_lines.into_iter().zip(raw_lines) {
        let is_comment = line.starts_with(b":");
        let size_with_line = raw_line.len() + if is_comment { 0 } else { size };
        if skipping {
            skipping = !line.is_empty();
        } else if size_with_line > max_event_size {
            parser.too_long();
            size = 0;
            skipping = true;
        } else {
            parser.line(std::str::from_utf8(line).expect("a line of a text is a text"));
            size = match line {
                [] => 0,
                [b':', ..] => size,
                _ => size_with_line,
            };
        }
    }
    // "At the end of the file, pending data is discarded": an unfinished line has no effect, and neither do
    // the lines of an unfinished event. But a line over the bound has to be rejected before it ends.
    let before = if raw_tail.first() == Some(&b':') { 0 } else { size };
    if !skipping && before + raw_tail.len() > max_event_size {
        parser.too_long();
    }
    parser.end()
}

/// Splits text into its finished lines and the unfinished rest.
///
/// "A line ends with CRLF, with an LF that no CR precedes, or with a CR that no LF follows."
pub(crate) fn lines(bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let break_len = match (bytes[at], bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => 0,
        };
        if break_len == 0 {
            at += 1;
        } else {
            lines.push(&bytes[start..at]);
            at += break_len;
            start = at;
        }
    }
    (lines, &bytes[start..])
}

struct Parser {
    data_buffer: String,
    event_type_buffer: String,
    last_event_id_buffer: String,
    /// The ID that this event itself has set. The standard does not require it, but sse-core returns it.
    own_id: Option<String>,
    last_event_id: String,
    reconnection_time: Option<u64>,
    steps: Vec<Step>,
}

impl Parser {
    fn new(last_event_id: &str) -> Self {
        Self {
            data_buffer: String::new(),
            event_type_buffer: String::new(),
            last_event_id_buffer: last_event_id.to_owned(),
            own_id: None,
            last_event_id: last_event_id.to_owned(),
            reconnection_time: None,
            steps: Vec::new(),
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            // "If the line is empty: dispatch the event."
            self.dispatch();
        } else if let Some(comment) = line.strip_prefix(':') {
            // "If the line starts with a colon: ignore it." sse-core yields it on request, and removes one
            // space at its start, as from a field's value.
            let comment = comment.strip_prefix(' ').unwrap_or(comment);
            self.step(Item::Comment(comment.to_owned()));
        } else if let Some((field, value)) = line.split_once(':') {
            // "If the line has a colon: the field is before it, the value after it, and one space at the
            // start of the value is removed."
            self.field(field, value.strip_prefix(' ').unwrap_or(value));
        } else {
            // "Otherwise: the whole line is the field, and its value is empty."
            self.field(line, "");
        }
    }

    fn field(&mut self, field: &str, value: &str) {
        match field {
            // "event: set the event type buffer to the value."
            "event" => self.event_type_buffer = value.to_owned(),
            // "data: append the value to the data buffer, then an LF."
            "data" => {
                self.data_buffer.push_str(value);
                self.data_buffer.push('\n');
            }
            // "id: if the value has no NUL, set the last event ID buffer to it; else ignore it."
            "id" if !value.contains('\0') => {
                self.last_event_id_buffer = value.to_owned();
                self.own_id = Some(value.to_owned()).filter(|id| is_event_id(id));
            }
            // "retry: if the value is ASCII digits only, set the reconnection time to the number
            // that they are in base ten; else ignore it." sse-core ignores a number of more than 64 bits.
            "retry" => {
                if let Some(milliseconds) = number(value) {
                    self.reconnection_time = Some(milliseconds);
                    self.step(Item::Retry(milliseconds));
                }
            }
            // "Otherwise: ignore it."
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let own_id = self.own_id.take();
        // "1. Set the last event ID to the last event ID buffer", which keeps its value.
        self.last_event_id = self.last_event_id_buffer.clone();
        // "2. If the data buffer is empty, empty the event type buffer as well and return."
        if self.data_buffer.is_empty() {
            self.event_type_buffer.clear();
            return;
        }
        // "3. If the data buffer ends with an LF, remove that one."
        let mut data = std::mem::take(&mut self.data_buffer);
        if data.ends_with('\n') {
            data.pop();
        }
        // "4. The event's type is message; 5. or the event type buffer, unless that is empty."
        let mut event_type = std::mem::take(&mut self.event_type_buffer);
        if event_type.is_empty() {
            event_type = "message".to_owned();
        }
        self.step(Item::Event { event_type, data, own_id });
    }

    /// Drops an event that is too long, by a rule of sse-core. Its ID is dropped too, but its reconnection
    /// time has already taken effect.
    fn too_long(&mut self) {
        self.data_buffer.clear();
        self.event_type_buffer.clear();
        self.last_event_id_buffer = self.last_event_id.clone();
        self.own_id = None;
        self.step(Item::TooLong);
    }

    fn end(mut self) -> Vec<Step> {
        self.step(Item::End);
        self.steps
    }

    fn step(&mut self, item: Item) {
        self.steps.push(Step {
            item,
            last_event_id: self.last_event_id.clone(),
            reconnection_time: self.reconnection_time,
        });
    }
}

fn number(digits: &str) -> Option<u64> {
    let mut number = None;
    for digit in digits.chars() {
        let digit = "0123456789".find(digit)? as u64;
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(digit)?);
    }
    number
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Returns whether a header carries the text back from a client unchanged.
pub(crate) fn is_event_id(text: &str) -> bool {
    let printable = text.chars().all(|character| (' '..='~').contains(&character));
    printable && text.trim() == text && text.len() <= 1024
}
