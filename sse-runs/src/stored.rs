//! How the events of a run are stored in its topic.
//!
//! A run's topic has a reserved name and is read only by this crate. The number of an event is the first word of its
//! type, so the log stores it with the event, and readers remove it.

use bytes::Bytes;
use serde::Deserialize;
use sse_core::{Decoder, Event, EventName, StreamItem};

use crate::Outcome;

/// An event of a run's topic, or one that the hub adds.
#[derive(Debug, PartialEq)]
pub(crate) enum Stored {
    Event {
        number: u64,
        event: Event,
    },
    /// The run's last event.
    End {
        /// The number of the event before it, as far as its author knew.
        last: u64,
        outcome: Outcome,
        /// Its time in ms since 1970.
        at: u64,
        event: Event,
    },
    /// The hub's report that events are missing, with its reason.
    Gap(String),
    /// The hub's opening event, or an event that is not ours.
    Other,
}

#[derive(Deserialize)]
struct Gap {
    reason: String,
}

impl Stored {
    /// Returns the event to store.
    pub(crate) fn event(number: u64, event: Event) -> Event {
        let name = match &event.event {
            Some(name) => format!("{number} {}", name.as_str()),
            None => number.to_string(),
        };
        rename(event, name)
    }

    /// Returns the last event to store. `at` is the time in ms since 1970.
    pub(crate) fn end(last: u64, outcome: &Outcome, at: u64) -> Event {
        let reason = match outcome {
            Outcome::Failed { reason } => reason.clone(),
            _ => String::new(),
        };
        rename(Event::data(reason), format!("{last}!{} {at}", outcome.as_str()))
    }

    /// Reads a stored event that has no ID.
    pub(crate) fn decode(body: Bytes) -> Self {
        let mut decoder = Decoder::new().max_event_size(usize::MAX);
        decoder.feed_bytes(body);
        match decoder.next() {
            Some(Ok(StreamItem::Event(event))) => Self::read(event),
            _ => Self::Other,
        }
    }

    /// Reads an event of the topic.
    pub(crate) fn read(event: Event) -> Self {
        let Some(name) = event.event.clone() else { return Self::Other };
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = name.split_at(digits);
        let Ok(number) = number.parse() else {
            return match name.as_str() {
                "gap" => event.parse_json().map_or(Self::Other, |Gap { reason }| Self::Gap(reason)),
                _ => Self::Other,
            };
        };
        if let Some((outcome, at)) = rest.strip_prefix('!').and_then(|rest| rest.split_once(' ')) {
            let Ok(at) = at.parse() else { return Self::Other };
            let reason = || event.data.as_deref().unwrap_or_default().to_owned();
            let outcome = match outcome {
                "finished" => Outcome::Finished,
                "failed" => Outcome::Failed { reason: reason() },
                "cancelled" => Outcome::Cancelled,
                "abandoned" => Outcome::Abandoned,
                _ => return Self::Other,
            };
            let mut end = Event::json(&outcome).expect("texts are JSON").event("end");
            end.id = event.id;
            return Self::End { last: number, outcome, at, event: end };
        }
        let name = match rest.strip_prefix(' ') {
            Some(name) => EventName::new(name.to_owned()).ok(),
            None if rest.is_empty() => None,
            None => return Self::Other,
        };
        Self::Event { number, event: Event { event: name, ..event } }
    }
}

fn rename(mut event: Event, name: String) -> Event {
    event.event = Some(EventName::new(name).expect("it has a digit and no line break"));
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        for event in [
            Event::data("a"),
            Event::data("a").event("delta"),
            Event::data("a").event("two words"),
            Event::data("a").event("!finished").comment("hi"),
            Event::data("").event("end"),
        ] {
            let stored = Stored::event(57, event.clone());
            assert_eq!(Stored::read(stored), Stored::Event { number: 57, event });
        }
        for outcome in
            [Outcome::Finished, Outcome::Failed { reason: "it\nfailed".into() }, Outcome::Cancelled]
        {
            let read = Stored::decode(Stored::end(57, &outcome, 7).encode().into_bytes());
            let Stored::End { last: 57, outcome: read, at: 7, event } = read else {
                panic!("{read:?}")
            };
            assert_eq!(read, outcome);
            assert_eq!(event.event.as_deref(), Some("end"));
        }
    }

    #[test]
    fn an_event_that_is_not_ours_is_not_read_as_one() {
        let gap = Event::data(r#"{"reason":"trimmed"}"#).event("gap");
        assert_eq!(Stored::read(gap), Stored::Gap("trimmed".into()));
        for event in [
            Event::data("a"),
            Event::data("{}").event("gap"),
            Event::data("").event("subscribed"),
            Event::data("").event("-1 a"),
            Event::data("").event("99999999999999999999 a"),
            Event::data("").event("7!gone 7"),
            Event::data("").event("7!finished x"),
            Event::data("").event("7!finished"),
        ] {
            assert_eq!(Stored::read(event), Stored::Other);
        }
    }
}
