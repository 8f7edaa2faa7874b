//! What was published.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use crate::{Audit, Record, audit::Entry, place::Epochs, record::Item};

/// Every event that is known to be in the log.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By topic, each event by its ID.
    topics: BTreeMap<String, HashMap<String, Published>>,
    epochs: Epochs,
}

#[derive(Debug)]
struct Published {
    number: u64,
    at: Instant,
    is_last: bool,
}

impl Ledger {
    /// Enters an event that was published; an event that is known keeps its time.
    ///
    /// # Panics
    /// If another event has the ID.
    pub fn publish(&mut self, topic: &str, number: u64, id: &str, at: Instant) {
        self.enter(topic, id, Published { number, at, is_last: false });
    }

    /// Enters the last event of a topic, with which the topic ended.
    ///
    /// # Panics
    /// If another event has the ID.
    pub fn end(&mut self, topic: &str, number: u64, id: &str, at: Instant) {
        self.enter(topic, id, Published { number, at, is_last: true });
    }

    fn enter(&mut self, topic: &str, id: &str, event: Published) {
        self.epochs.see(id, event.at);
        let events = self.topics.entry(topic.to_owned()).or_default();
        let (number, is_last) = (event.number, event.is_last);
        let known = events.entry(id.to_owned()).or_insert(event);
        assert_eq!(known.number, number, "two events of {topic} have the ID {id}");
        assert_eq!(known.is_last, is_last, "whether {topic} ended with the ID {id}");
    }

    /// Enters what a client received: it was in the log, whatever its publisher learned about it.
    pub fn witness(&mut self, record: &Record) {
        for (at, item) in record.items() {
            match item {
                Item::Id(id) | Item::Gap(crate::Gap { resumed_at: id, .. }) => {
                    self.epochs.see(id, *at);
                }
                Item::Event { topic, number, id, is_last } => {
                    let event = Published { number: *number, at: *at, is_last: *is_last };
                    self.enter(record.topic(*topic), id, event);
                }
                Item::Finish => {}
            }
        }
    }

    /// The number of events.
    pub fn published(&self) -> usize {
        self.topics.values().map(HashMap::len).sum()
    }

    /// The number of events of a topic.
    pub fn published_to(&self, topic: &str) -> usize {
        self.topics.get(topic).map_or(0, HashMap::len)
    }

    /// Puts all events in the order of the log, for comparison with records.
    pub fn audit(&self) -> Audit {
        let order = self.epochs.order();
        let entries = |events: &HashMap<String, Published>| {
            let entry = |(id, event): (&String, &Published)| Entry {
                place: order.place(id),
                number: event.number,
                at: event.at,
                is_last: event.is_last,
            };
            let mut entries: Vec<_> = events.iter().map(entry).collect();
            entries.sort_unstable_by_key(|entry| entry.place);
            entries
        };
        let topics = self.topics.iter().map(|(topic, events)| (topic.clone(), entries(events)));
        let topics = topics.collect();
        Audit::new(topics, order)
    }
}
