//! The steps of reading a stream, in a form that the decoder and the model share.

use std::time::Duration;

use sse_core::{Decoder, EventTooLong, StreamItem};

/// An item, and the state of the reader just after taking it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) item: Item,
    pub(crate) last_event_id: String,
    /// The reconnection time, in ms.
    pub(crate) reconnection_time: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Event {
        event_type: String,
        data: String,
        own_id: Option<String>,
    },
    Comment(String),
    Retry(u64),
    TooLong,
    /// The end of the stream, which is not an item.
    End,
}

/// Takes every item that the decoder yields.
pub(crate) fn drain(decoder: &mut Decoder, steps: &mut Vec<Step>) {
    while let Some(decoded) = decoder.next() {
        steps.push(step(item(decoded), decoder));
    }
}

/// Completes a transcript with the state of the decoder at the end.
pub(crate) fn end(decoder: &Decoder, mut steps: Vec<Step>) -> Vec<Step> {
    steps.push(step(Item::End, decoder));
    steps
}

fn step(item: Item, decoder: &Decoder) -> Step {
    if let Some(value) = decoder.resume_header() {
        let legal = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        assert!(value.iter().all(legal) && value.len() <= 1024, "{}", value.escape_ascii());
        assert_eq!(
            value,
            value.trim_ascii(),
            "a header value has no white space at its ends, which HTTP would remove"
        );
    }
    Step {
        item,
        last_event_id: decoder.last_event_id().to_string(),
        reconnection_time: decoder.reconnection_time().map(milliseconds),
    }
}

fn item(decoded: Result<StreamItem, EventTooLong>) -> Item {
    match decoded {
        Ok(StreamItem::Event(event)) => Item::Event {
            event_type: event.event.map_or("message".to_owned(), |name| name.to_string()),
            data: event.data.expect("no data, no event").to_string(),
            own_id: event.id.map(|id| id.to_string()),
        },
        Ok(StreamItem::Comment(comment)) => Item::Comment(comment.to_string()),
        Ok(StreamItem::Retry(time)) => Item::Retry(milliseconds(time)),
        Ok(other) => unreachable!("the model does not support {other:?}"),
        Err(_) => Item::TooLong,
    }
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis().try_into().expect("the decoder has read it as 64 bits of ms")
}
