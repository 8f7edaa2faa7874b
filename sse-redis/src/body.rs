//! Whether a body is an event that a hub can deliver.

use bytes::Bytes;
use sse_hub::backend::Control;

/// Returns why a body is not one whole encoded event without an ID, or a control entry with such an event.
///
/// Any program may append to the stream. A body with its own `id:` would break every client's cursor. A body
/// without a blank line at its end would swallow the next event. For a body without data, some readers would
/// fire an empty event.
pub(crate) fn fault(body: &Bytes) -> Option<&'static str> {
    match Control::decode(body) {
        None => event_fault(body),
        Some(Control::End { last: Some(last) }) => event_fault(&last),
        Some(_) => None,
    }
}

fn event_fault(body: &[u8]) -> Option<&'static str> {
    if !body.ends_with(b"\n\n") {
        return Some("its body does not end with a blank line");
    }
    let (mut start, mut has_data) = (0, false);
    for end in memchr::memchr2_iter(b'\n', b'\r', body) {
        let line = &body[start..end];
        if body[end] == b'\r' {
            return Some("its body has a carriage return");
        }
        if line.is_empty() && end + 1 < body.len() || body.len() == 2 {
            return Some("its body has a blank line before its end");
        }
        if is_field(line, b"id") {
            return Some("its body has its own id");
        }
        has_data |= is_field(line, b"data");
        start = end + 1;
    }
    if has_data { None } else { Some("its body has no data") }
}

/// `id`, `id:7` and `id: 7` are the same field to a client.
fn is_field(line: &[u8], name: &[u8]) -> bool {
    line.strip_prefix(name).is_some_and(|rest| matches!(rest, [] | [b':', ..]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn fault(body: &[u8]) -> Option<&'static str> {
        let event = super::fault(&Bytes::copy_from_slice(body));
        let last = Control::End { last: Some(Bytes::copy_from_slice(body)) };
        let end = if body.is_empty() { event } else { super::fault(&last.encode()) };
        assert_eq!(event, end, "the last event of a topic");
        event
    }

    #[test]
    fn only_one_whole_event_without_an_id_passes() {
        for body in [
            &b"data: a\n\n"[..],
            b"data: id: 7\n\n",
            b": id: 7\nevent: a\nretry: 1\ndata: \ndata: b\n\n",
            b"data: \0\xff\n\n",
            b"idle: 1\ndata\n\n",
        ] {
            assert_eq!(fault(body), None, "{body:?}");
        }
        for body in [
            &b""[..],
            b"\n",
            b"\n\n",
            b"data: a",
            b"data: a\n",
            b"\ndata: a\n\n",
            b"data: a\n\n\n",
            b"data: a\n\ndata: b\n\n",
            b"id: 7\n\n",
            b"data: a\nid: 7\n\n",
            b"data: a\nid\n\n",
            b"data: a\nid:7\n\n",
            b"data: a\rid: 7\n\n",
            b"data: a\r\n\n",
            b"retry: 1\n\n",
            b": c\nevent: a\n\n",
            b"database: a\n\n",
        ] {
            assert!(fault(body).is_some(), "{body:?}");
        }
    }

    #[test]
    fn every_encoded_event_passes() {
        for event in [
            sse_core::Event::data("a\r\nb\n\nid: 7\rc"),
            sse_core::Event::data("").comment("x\n\ny").event("id").retry(Duration::ZERO),
            sse_core::Event::data("").comment(""),
        ] {
            assert_eq!(fault(event.encode().as_bytes()), None, "{event:?}");
        }
    }
}
