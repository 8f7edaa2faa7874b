//! What a reader of a stream sees, step by step, in a form that decoder and model share.

use std::time::Duration;

use sse_core::{Decoded, Decoder, TooLong};

/// An item, and what the reader knows just after taking it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) item: Item,
    pub(crate) last_event_id: String,
    /// In ms.
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
    /// No item: the stream ends here.
    End,
}

/// Takes every item that the decoder has.
pub(crate) fn drain(decoder: &mut Decoder, steps: &mut Vec<Step>) {
    while let Some(decoded) = decoder.next() {
        steps.push(step(item(decoded), decoder));
    }
}

/// Closes a transcript with what the decoder knows at the end.
pub(crate) fn end(decoder: &Decoder, mut steps: Vec<Step>) -> Vec<Step> {
    steps.push(step(Item::End, decoder));
    steps
}

fn step(item: Item, decoder: &Decoder) -> Step {
    if let Some(value) = decoder.resume_header() {
        let legal = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        assert!(value.iter().all(legal) && value.len() <= 1024, "{}", value.escape_ascii());
        assert_eq!(value, value.trim_ascii(), "white space at an end, which HTTP removes");
    }
    Step {
        item,
        last_event_id: decoder.last_event_id().to_string(),
        reconnection_time: decoder.reconnection_time().map(milliseconds),
    }
}

fn item(decoded: Result<Decoded, TooLong>) -> Item {
    match decoded {
        Ok(Decoded::Event(event)) => Item::Event {
            event_type: event.event.map_or("message".to_owned(), |name| name.to_string()),
            data: event.data.expect("no data, no event").to_string(),
            own_id: event.id.map(|id| id.to_string()),
        },
        Ok(Decoded::Comment(comment)) => Item::Comment(comment.to_string()),
        Ok(Decoded::Retry(time)) => Item::Retry(milliseconds(time)),
        Ok(other) => unreachable!("the model does not know of {other:?}"),
        Err(_) => Item::TooLong,
    }
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis().try_into().expect("the decoder has read it as 64 bits of ms")
}
