//! Status, headers and the beginning of the stream.

use std::time::Duration;

use super::{
    Finding,
    open::{End, Open},
    outcome::{Outcome, Stop},
    rules::{
        CACHING, CHARSET, CONTENT_TYPE, CUT, FRAMING, LATE, LENGTH, NO_TRANSFORM, PROXY_BUFFERING,
        STATUS, TWO_LENGTHS, UNTIL_CLOSE,
    },
};
use crate::client::Head;

/// Checks status and headers. Without an error of the rules `head/status` and `head/content-type`, it is a stream.
pub(super) fn check(head: &Head) -> Vec<Finding> {
    let mut found = Vec::new();
    if head.status != 200 {
        found.push(STATUS.found(head.status.to_string()));
        return found;
    }
    let content_type = head.get("content-type").unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream")) {
        found.push(CONTENT_TYPE.found(line(head, "content-type")));
    }
    let charset = parts
        .find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
        found.push(CHARSET.found(line(head, "content-type")));
    }
    match (head.get("content-length"), head.get("transfer-encoding")) {
        (Some(length), Some(_)) => {
            found.push(TWO_LENGTHS.found(format!("content-length: {length}")))
        }
        (Some(_), None) => found.push(LENGTH.found(line(head, "content-length"))),
        (None, None) => found.push(UNTIL_CLOSE.found("no transfer-encoding, no content-length")),
        (None, Some(_)) => {}
    }
    let caching = head.get("cache-control").unwrap_or_default().to_ascii_lowercase();
    if !["no-cache", "no-store", "max-age=0"].iter().any(|word| caching.contains(word)) {
        found.push(CACHING.found(line(head, "cache-control")));
    }
    if !caching.contains("no-transform") {
        found.push(NO_TRANSFORM.found(line(head, "cache-control")));
    }
    if head.get("x-accel-buffering").as_deref() != Some("no") {
        found.push(PROXY_BUFFERING.found(line(head, "x-accel-buffering")));
    }
    found
}

/// Whether the findings say that there is no event stream to check.
pub(super) fn is_fatal(found: &[Finding]) -> bool {
    found.iter().any(|finding| [&STATUS, &CONTENT_TYPE].contains(&finding.rule))
}

/// Checks whether the head leaves before the first event.
pub(super) fn check_opening(open: &Open, is_early: Option<bool>) -> Outcome {
    match (is_early, open.first_after) {
        (Some(false), _) => Ok(vec![LATE.found("the head came after an event was published")]),
        (Some(true), _) | (None, None) => Ok(Vec::new()),
        (None, Some(after)) if after >= APART => Ok(Vec::new()),
        (None, Some(_)) => Err(Stop::because("the first event came with the head: use --publish")),
    }
}

/// Checks how the body is framed.
pub(super) fn check_framing(open: &Open) -> Vec<Finding> {
    match &open.end {
        Some(End::Invalid(reason)) => vec![FRAMING.found(reason)],
        Some(End::Cut) => vec![CUT.found(open.tail())],
        Some(End::Complete) | None => Vec::new(),
    }
}

fn line(head: &Head, name: &str) -> String {
    head.get(name).map_or_else(|| format!("no {name}"), |value| format!("{name}: {value}"))
}

/// What arrives at least this time after the head was not sent together with it.
const APART: Duration = Duration::from_millis(20);
