//! Parses entries in replies from Redis.

use bytes::Bytes;
use redis::Value;
use sse_hub::{Position, TopicName, backend};

use crate::{body, stream_id};

/// An entry of the stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    /// The total length of its fields and their values.
    pub(crate) bytes: usize,
    pub(crate) content: Content,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Event {
        topic: TopicName,
        body: Bytes,
    },
    /// The first entry of a log, which is not an event.
    Beginning,
    /// Not an entry of a hub, and why.
    Foreign(&'static str),
}

impl Entry {
    /// Returns the event, or reports a foreign entry to `skipped`.
    pub(crate) fn event(
        self,
        skipped: impl FnOnce(Position, &'static str),
    ) -> Option<backend::Entry> {
        let position = self.position;
        match self.content {
            Content::Event { topic, body } => Some(backend::Entry { position, topic, body }),
            Content::Beginning => None,
            Content::Foreign(fault) => {
                skipped(position, fault);
                None
            }
        }
    }
}

/// Reads the reply to `XREAD` of one stream.
pub(crate) fn of_xread(reply: Value) -> Option<Vec<Entry>> {
    let entries = match reply {
        Value::Nil => return Some(Vec::new()),
        Value::Map(streams) => streams.into_iter().next()?.1,
        Value::Array(streams) => array(streams.into_iter().next()?)?.pop()?,
        _ => return None,
    };
    of_xrange(entries)
}

/// Reads the reply to `XRANGE`.
pub(crate) fn of_xrange(reply: Value) -> Option<Vec<Entry>> {
    array(reply)?.into_iter().map(entry).collect()
}

/// Reads one entry; returns `None` if the reply is not an entry.
pub(crate) fn entry(value: Value) -> Option<Entry> {
    let [id, fields] = array(value)?.try_into().ok()?;
    let position = stream_id::parse(&bytes(id)?)?;
    let fields: Option<Vec<_>> = array(fields)?.into_iter().map(bytes).collect();
    let fields = fields?;
    let bytes = fields.iter().map(Vec::len).sum();
    Some(Entry { position, bytes, content: content(fields) })
}

fn content(fields: Vec<Vec<u8>>) -> Content {
    let [topic_field, topic, body_field, body] = match <[_; 4]>::try_from(fields) {
        Ok(fields) => fields,
        Err(fields) if fields.first().is_some_and(|field| field == b"epoch") => {
            return Content::Beginning;
        }
        Err(_) => return Content::Foreign("its fields are not t and b"),
    };
    if topic_field != b"t" || body_field != b"b" {
        return Content::Foreign("its fields are not t and b");
    }
    let topic = String::from_utf8(topic).ok().and_then(|topic| TopicName::new(topic).ok());
    let Some(topic) = topic else { return Content::Foreign("its topic is not a valid name") };
    let body = Bytes::from(body);
    match body::fault(&body) {
        Some(fault) => Content::Foreign(fault),
        None => Content::Event { topic, body },
    }
}

pub(crate) fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

pub(crate) fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(values: &[&[u8]]) -> Value {
        Value::Array(values.iter().map(|value| Value::BulkString(value.to_vec())).collect())
    }

    fn with_id(id: &str, fields: &[&[u8]]) -> Value {
        Value::Array(vec![Value::BulkString(id.as_bytes().to_vec()), strings(fields)])
    }

    #[test]
    fn an_entry_is_an_event_or_says_why_not() {
        let event = |topic: &str, body: &'static [u8]| Content::Event {
            topic: TopicName::new(topic.to_owned()).unwrap(),
            body: Bytes::from_static(body),
        };
        let fields = Content::Foreign("its fields are not t and b");
        for (given, expected) in [
            (&[&b"t"[..], b"a", b"b", b"data: 1\n\n"][..], event("a", b"data: 1\n\n")),
            (&[b"epoch", b"x"], Content::Beginning),
            (&[b"b", b"data: 1\n\n", b"t", b"a"], fields),
            (&[b"x", b"y"], Content::Foreign("its fields are not t and b")),
            (&[], Content::Foreign("its fields are not t and b")),
            (
                &[b"t", b"a\n", b"b", b"data: 1\n\n"],
                Content::Foreign("its topic is not a valid name"),
            ),
            (
                &[b"t", b"\xff", b"b", b"data: 1\n\n"],
                Content::Foreign("its topic is not a valid name"),
            ),
            (&[b"t", b"a", b"b", b"id: 1\n\n"], Content::Foreign("its body has its own id")),
        ] {
            let read = entry(with_id("5-1", given));
            let bytes = given.iter().map(|field| field.len()).sum();
            let expected = Entry { position: Position::new(5, 1), bytes, content: expected };
            assert_eq!(read, Some(expected), "{given:?}");
        }
    }

    #[test]
    fn replies_of_both_protocols_are_read_and_others_are_not() {
        let entries = || Value::Array(vec![with_id("5-1", &[b"epoch", b"x"])]);
        let key = || Value::BulkString(b"key".to_vec());
        let resp2 = Value::Array(vec![Value::Array(vec![key(), entries()])]);
        let resp3 = Value::Map(vec![(key(), entries())]);
        for (reply, expected) in [
            (Value::Nil, Some(0)),
            (resp2, Some(1)),
            (resp3, Some(1)),
            (Value::Okay, None),
            (Value::Array(vec![]), None),
            (Value::Map(vec![(key(), Value::Array(vec![Value::Nil]))]), None),
            (Value::Map(vec![(key(), Value::Array(vec![with_id("x", &[])]))]), None),
        ] {
            let text = format!("{reply:?}");
            assert_eq!(of_xread(reply).map(|entries| entries.len()), expected, "{text}");
        }
    }
}
