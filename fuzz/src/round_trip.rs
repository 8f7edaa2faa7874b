//! Checks that any event that can be built arrives unchanged, and so does the next event.

use std::time::Duration;

use arbitrary::Arbitrary;
use sse_core::{Decoder, Event, EventId, EventName, Frame, StreamItem, Text};

use crate::{
    decode::{curious, read},
    model,
    transcript::Item,
};

/// The fields that a careless author puts into an event.
#[derive(Clone, Debug, Arbitrary)]
pub struct Fields {
    comment: Option<String>,
    name: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
}

/// Checks that an event of these fields is encoded and decoded without loss, and that none of its fields
/// affects the event after it.
///
/// # Panics
/// If a check fails, which is a bug.
pub fn round_trip(fields: Fields) {
    let event = Event {
        comment: fields.comment.as_deref().map(Text::from),
        event: fields.name.as_deref().and_then(name),
        id: fields.id.as_deref().and_then(id),
        retry: fields.retry,
        data: fields.data.as_deref().map(Text::from),
    };
    let encoded = encode(&event);
    let next = Event::data("next\ndata: x").event("next");
    let stream = Frame::from_iter([&event, &next]).into_bytes();
    assert_eq!(stream, [encoded.as_bytes(), next.encode().as_bytes()].concat());

    let mut decoder = curious(Decoder::new());
    decoder.feed(&stream);
    let decoded: Vec<_> = decoder.map(|item| item.expect("within the bound")).collect();
    assert_eq!(decoded, arriving(&fields, event.clone(), next), "{event:?}");

    let expected = model::decode(&stream, "", usize::MAX);
    assert_eq!(read(curious(Decoder::new()), [&stream[..]]), expected, "{event:?}");
    assert_eq!(
        read(curious(Decoder::new()), stream.chunks(1)),
        expected,
        "{event:?}, byte by byte"
    );

    let [.., last, end] = &expected[..] else { panic!("the next event and the end: {expected:?}") };
    assert!(matches!(&last.item, Item::Event { event_type, .. } if event_type == "next"));
    assert_eq!(end.last_event_id, event.id.as_deref().unwrap_or_default());
}

fn name(name: &str) -> Option<EventName> {
    let checked = EventName::new(name);
    assert_eq!(checked.is_err(), name.is_empty() || name.contains(['\r', '\n']), "{name:?}");
    checked.ok()
}

fn id(id: &str) -> Option<EventId> {
    let checked = EventId::new(id);
    assert_eq!(checked.is_ok(), model::is_event_id(id), "{id:?}");
    checked.ok()
}

fn encode(event: &Event) -> Frame {
    let frame = event.encode();
    assert_eq!(event.encoded_len(), frame.len(), "{event:?}");
    assert_eq!(event.is_empty(), frame.is_empty(), "{event:?}");

    let mut appended = b"before".to_vec();
    event.encode_into(&mut appended);
    assert_eq!(appended, [b"before", frame.as_bytes()].concat(), "{event:?}");
    frame
}

/// Returns the items that the receiver should see: texts have an LF for every line break, each line of a
/// comment is an item, reconnection times are whole ms, and there is no event without data.
fn arriving(fields: &Fields, event: Event, next: Event) -> Vec<StreamItem> {
    let mut items = Vec::new();
    if let Some(comment) = &fields.comment {
        items.extend(lines(comment).into_iter().map(|line| StreamItem::Comment(line.into())));
    }
    if let Some(retry) = fields.retry {
        let milliseconds = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX);
        items.push(StreamItem::Retry(Duration::from_millis(milliseconds)));
    }
    if let Some(data) = &fields.data {
        let data = Some(lines(data).join("\n").into());
        items.push(StreamItem::Event(Event { data, comment: None, retry: None, ..event }));
    }
    items.push(StreamItem::Event(next));
    items
}

/// Splits text into lines, including the last one, which no line break ends.
fn lines(text: &str) -> Vec<&str> {
    let (mut lines, last) = model::lines(text.as_bytes());
    lines.push(last);
    lines.into_iter().map(|line| std::str::from_utf8(line).expect("a line of a text")).collect()
}
