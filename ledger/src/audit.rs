//! The comparison of records with a ledger.

use std::{collections::BTreeMap, time::Instant};

use crate::{
    Account, Finding, Record,
    place::{Order, Place},
    reader::Reader,
};

/// A ledger in the order of the log, with which records are compared.
#[derive(Debug)]
pub struct Audit {
    topics: BTreeMap<String, Vec<Entry>>,
    order: Order,
}

/// An event in the order of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) number: u64,
    pub(crate) at: Instant,
    /// Whether the topic ended with it.
    pub(crate) is_last: bool,
}

impl Audit {
    pub(crate) fn new(topics: BTreeMap<String, Vec<Entry>>, order: Order) -> Self {
        Self { topics, order }
    }

    /// Returns what became of each event of a client's topics, of each gap event, and of each topic's end.
    ///
    /// A client that begins with an ID is expected to have all events after it. Any other client is
    /// expected to have all events.
    ///
    /// # Panics
    /// If the client received an event that is not in the ledger, or was asked not to reconnect although a topic
    /// had not ended.
    pub fn findings(&self, record: &Record) -> Vec<Finding> {
        let topics = record.topics().iter();
        let topics = topics.map(|topic| self.topics.get(topic).map_or(&[][..], Vec::as_slice));
        let mut reader = Reader::new(record, topics.collect(), &self.order);
        for (at, item) in record.items() {
            reader.take(item, *at);
        }
        reader.end()
    }

    /// Returns what became of the events, in numbers.
    ///
    /// # Panics
    /// As [`findings`](Self::findings) does.
    pub fn account(&self, record: &Record) -> Account {
        let mut account = Account::default();
        self.findings(record).iter().for_each(|finding| account.count(finding));
        account
    }
}
