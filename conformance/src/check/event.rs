//! Events as a reader that follows the standard receives them.

use std::mem;

use super::lines::{Lines, field};

/// An event as a reader receives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Event {
    /// The ID in its own block.
    pub(super) id: Option<String>,
    /// Its type.
    pub(super) kind: Option<String>,
    /// Its data.
    pub(super) data: String,
}

/// Finds events while their bytes arrive (HTML 9.2.6).
#[derive(Debug, Default)]
pub(super) struct Events {
    lines: Lines,
    id: Option<String>,
    kind: Option<String>,
    data: Option<String>,
    is_past_first_line: bool,
}

impl Events {
    /// Takes the next bytes, and returns the events that they complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for line in self.lines.feed(bytes) {
            let is_first = !mem::replace(&mut self.is_past_first_line, true);
            let line = match line.strip_prefix(BOM) {
                Some(rest) if is_first => rest,
                _ => &line,
            };
            if line.is_empty() {
                let (id, kind) = (self.id.take(), self.kind.take());
                events.extend(self.data.take().map(|data| Event { id, kind, data }));
                continue;
            }
            let (name, value) = field(line);
            let value = String::from_utf8_lossy(value).into_owned();
            match name {
                b"id" if !value.contains('\0') => self.id = Some(value),
                b"event" => self.kind = Some(value),
                b"data" => match &mut self.data {
                    None => self.data = Some(value),
                    Some(data) => *data = format!("{data}\n{value}"),
                },
                _ => {}
            }
        }
        events
    }

    /// Whether an event has begun and not ended.
    pub(super) fn is_within_event(&self) -> bool {
        let begun = self.lines.begun();
        self.data.is_some()
            || self.kind.is_some()
            || self.id.is_some()
            || !begun.is_empty() && !begun.starts_with(b":") && !begun.starts_with(b"retry")
    }
}

/// U+FEFF, which a reader removes once from the beginning of a stream.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_at_every_cut() {
        let bytes = b"\xef\xbb\xbfid: 1\r\n:c\r\ndata: a\rdata\r\n\r\nretry: 5\nevent:e\n\n\
                      data:  b\nid: \0\nid: 2\n\ndata: c\n";
        let event = |id: &str, kind: Option<&str>, data: &str| Event {
            id: Some(id.to_owned()),
            kind: kind.map(str::to_owned),
            data: data.to_owned(),
        };
        for cut in 0..=bytes.len() {
            let mut events = Events::default();
            let mut seen = events.feed(&bytes[..cut]);
            seen.extend(events.feed(&bytes[cut..]));
            assert_eq!(seen, [event("1", None, "a\n"), event("2", None, " b")], "cut at {cut}");
            assert!(events.is_within_event(), "cut at {cut}");
            assert_eq!(events.lines.lone_crs, 1, "cut at {cut}");
        }
    }
}
