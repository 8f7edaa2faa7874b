//! Publishes to a hub, and enters each event in a ledger.

use std::time::Instant;

use ledger::{END, Label, Ledger};
use sse_core::Event;
use sse_hub::Hub;

/// Publishes to a hub as its only publisher, and enters each event in a ledger.
#[derive(Debug)]
pub struct HubPublisher {
    hub: Hub,
    ledger: Ledger,
}

impl HubPublisher {
    /// Begins with an empty ledger.
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone(), ledger: Ledger::default() }
    }

    /// Publishes the topic's next event, with data of at least this size in bytes.
    ///
    /// # Panics
    /// If the hub refuses it.
    pub fn publish(&mut self, topic: &str, bytes: usize) {
        let number = self.ledger.published_to(topic) as u64;
        let data = Label { topic, number }.padded(bytes);
        let at = Instant::now();
        let id =
            self.hub.publish_now(topic, Event::data(data)).expect("an event that fits the hub");
        self.ledger.publish(topic, number, id.as_str(), at);
    }

    /// Publishes the event that ends each record.
    pub fn end(mut self) -> Ledger {
        self.publish(END, 0);
        self.ledger
    }
}
