//! The lines of an event stream (HTML 9.2.6).

use std::mem;

use memchr::memchr2;

/// Finds lines while their bytes arrive. LF, CR LF and CR end a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    after_cr: bool,
    /// The number of lines that a CR alone has ended.
    pub(super) lone_crs: usize,
}

impl Lines {
    /// Takes the next bytes, and returns the lines that they complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if mem::take(&mut self.after_cr) {
                if *first == b'\n' {
                    rest = &rest[1..];
                    continue;
                }
                self.lone_crs += 1;
            }
            let Some(end) = memchr2(b'\n', b'\r', rest) else { break };
            self.begun.extend_from_slice(&rest[..end]);
            lines.push(mem::take(&mut self.begun));
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
        }
        self.begun.extend_from_slice(rest);
        lines
    }

    /// The bytes of the line that has not ended.
    pub(super) fn begun(&self) -> &[u8] {
        &self.begun
    }
}

/// The name and the value of a line's field; a comment has an empty name.
pub(super) fn field(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|byte| *byte == b':') {
        None => (line, b""),
        Some(colon) => {
            let value = &line[colon + 1..];
            (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
        }
    }
}
