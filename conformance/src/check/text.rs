//! The lines of the stream.

use std::{collections::HashSet, str};

use super::{
    Finding, Rule,
    event::BOM,
    lines::{Lines, field},
    open::Open,
    rules::{
        self, CUT_EVENT, EMPTY_BLOCK, ID_IN_HEADER, LONE_CR, NULL_ID, REPEATED_FIELD, RETRY,
        SPLIT_EVENT, UNKNOWN_FIELD, UTF_8,
    },
};

/// Checks the text of a stream. Each rule is reported once, with the first bytes that break it.
pub(super) fn check(open: &Open) -> Vec<Finding> {
    let mut found = Found::default();
    let bytes = open.bytes.strip_prefix(BOM).unwrap_or(&open.bytes);
    if bytes.len() < open.bytes.len() {
        found.add(&rules::BOM, BOM);
    }
    match str::from_utf8(bytes) {
        // A character may be incomplete where the bytes end.
        Err(error) if error.error_len().is_some() => {
            let bytes = &bytes[error.valid_up_to().saturating_sub(BEFORE)..];
            found.add(&UTF_8, &bytes[..bytes.len().min(2 * BEFORE)]);
        }
        _ => {}
    }
    let mut lines = Lines::default();
    let mut block = Vec::new();
    for line in lines.feed(bytes) {
        if !line.is_empty() {
            check_line(&line, &mut found);
            block.push(line);
            continue;
        }
        check_block(&block, &mut found);
        block.clear();
    }
    if lines.lone_crs > 0 {
        let at = bytes.iter().position(|byte| *byte == b'\r').unwrap_or_default();
        found.add(&LONE_CR, &bytes[at.saturating_sub(BEFORE)..(at + BEFORE).min(bytes.len())]);
    }
    if open.end.is_some() && open.is_within_event() {
        found.add(&CUT_EVENT, open.tail());
    }
    if let Some(split) = &open.split {
        found.add(&SPLIT_EVENT, split);
    }
    found.findings
}

fn check_line(line: &[u8], found: &mut Found) {
    match field(line) {
        (b"" | b"data" | b"event", _) => {}
        (b"retry", value) if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {}
        (b"retry", _) => found.add(&RETRY, line),
        (b"id", value) if value.contains(&b'\0') => found.add(&NULL_ID, line),
        (b"id", value) if !returns_in_header(value) => found.add(&ID_IN_HEADER, line),
        (b"id", _) => {}
        _ => found.add(&UNKNOWN_FIELD, line),
    }
}

/// Visible ASCII, with spaces only within: servers decode other bytes of a header in different ways.
fn returns_in_header(id: &[u8]) -> bool {
    id == id.trim_ascii() && id.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn check_block(block: &[Vec<u8>], found: &mut Found) {
    let has = |name: &[u8]| block.iter().filter(|line| field(line).0 == name).count();
    if has(b"data") == 0 {
        let mut bytes = block.join(&b'\n');
        bytes.extend_from_slice(b"\n\n");
        found.add(&EMPTY_BLOCK, &bytes);
    }
    // A reconnection time takes effect when its line ends, so a later one does not replace it.
    for name in [&b"id"[..], b"event"] {
        if has(name) > 1 {
            found.add(&REPEATED_FIELD, &block.join(&b'\n'));
        }
    }
}

/// The findings so far, each rule once.
#[derive(Debug, Default)]
struct Found {
    rules: HashSet<&'static str>,
    findings: Vec<Finding>,
}

impl Found {
    fn add(&mut self, rule: &'static Rule, bytes: &[u8]) {
        if self.rules.insert(rule.id) {
            self.findings.push(rule.found(bytes));
        }
    }
}

/// The number of bytes that a finding shows on each side of a place.
const BEFORE: usize = 20;
