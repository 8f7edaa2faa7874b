//! What was published, what a client got of it, and how the two agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde::Deserialize;
use sse_core::Event;
use sse_hub::Hub;

use crate::client::Block;

/// Publishes to a hub, and keeps the books.
#[derive(Debug)]
pub struct Ledger {
    hub: Hub,
    topics: BTreeMap<String, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    position: u64,
    at: Instant,
}

/// What a client got, in the order in which it came.
#[derive(Debug)]
pub struct Record {
    topics: BTreeSet<String>,
    /// Where it began.
    start: Option<u64>,
    /// Of the last block with an ID.
    last_event_id: Option<String>,
    items: Vec<Item>,
    ended: bool,
}

#[derive(Debug)]
enum Item {
    Event { topic: String, number: usize, position: u64, at: Instant },
    Gap(Gap),
}

/// The data of a gap event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Why.
    pub reason: String,
    /// Of which topics events are missing.
    pub topics: Vec<String>,
    /// The last event ID before it.
    pub requested: String,
    /// Up to where events are missing.
    pub resumed_at: String,
}

/// What became of the events that a client should have got.
#[derive(Debug, Default)]
pub struct Account {
    /// Those it got.
    pub events: usize,
    /// Those of which a gap event said, at their place, that they are missing.
    pub told: usize,
    /// Those that were missing in silence.
    pub holes: usize,
    /// Those that came again, or out of order.
    pub doubles: usize,
    /// Gap events.
    pub gaps: usize,
    /// Topics that a gap event named although nothing of them was missing.
    pub groundless: usize,
    /// How long after its publication each event came.
    pub delays: Vec<Duration>,
}

/// The topic whose only event ends a record: nothing is published after it.
pub const END: &str = "end";

impl Ledger {
    /// Begins with a hub that nobody else publishes to.
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone(), topics: BTreeMap::new() }
    }

    /// Publishes the topic's next event, padded to about so many bytes.
    pub fn publish(&mut self, topic: &str, bytes: usize) {
        let entries = self.topics.entry(topic.to_owned()).or_default();
        let label = format!("{topic} {} ", entries.len());
        let at = Instant::now();
        let id = self.hub.publish_now(topic, Event::data(format!("{label:x<bytes$}")));
        let position = position(&id.expect("an event that a hub takes"));
        entries.push(Entry { position, at });
    }

    /// Publishes what ends the records.
    pub fn end(&mut self) {
        self.publish(END, 0);
    }

    /// How many events were published.
    pub fn published(&self) -> usize {
        self.topics.values().map(Vec::len).sum()
    }

    /// Compares what a client got with what was published from where it began.
    ///
    /// # Panics
    /// If it got what was not published to its topics.
    pub fn account(&self, record: &Record) -> Account {
        let mut account = Account::default();
        let Some(start) = record.start else { panic!("{:?} got no ID", record.topics) };
        let mut topics: BTreeMap<_, _> = record
            .topics
            .iter()
            .map(|topic| {
                let entries = self.topics.get(topic).map_or(&[][..], Vec::as_slice);
                let next = entries.partition_point(|entry| entry.position <= start);
                (topic.as_str(), Topic { entries, next, told: start })
            })
            .collect();
        let mut last = start;
        for item in &record.items {
            match item {
                Item::Event { topic, number, position, at } => {
                    let of = topics.get_mut(topic.as_str());
                    let of = of.unwrap_or_else(|| panic!("an event of the topic {topic}"));
                    let entry = of.entries.get(*number);
                    let entry = entry.unwrap_or_else(|| panic!("no event {number} of {topic}"));
                    assert_eq!(entry.position, *position, "event {number} of {topic}");
                    account.events += 1;
                    account.delays.push(at.duration_since(entry.at));
                    if *position <= last {
                        account.doubles += 1;
                        continue;
                    }
                    of.skip_to(*number, &mut account);
                    of.next = number + 1;
                    last = *position;
                }
                Item::Gap(gap) => {
                    account.gaps += 1;
                    let resumed_at = position(&gap.resumed_at);
                    for topic in &gap.topics {
                        let of = topics.get_mut(topic.as_str());
                        of.unwrap_or_else(|| panic!("{gap:?} of another topic"))
                            .tell(resumed_at, &mut account);
                    }
                    last = last.max(resumed_at);
                }
            }
        }
        for topic in topics.values_mut() {
            topic.skip_to(topic.entries.len(), &mut account);
        }
        account
    }
}

/// How far a client is in a topic.
struct Topic<'a> {
    entries: &'a [Entry],
    /// The number of the event that is next.
    next: usize,
    /// Up to where the client was told that events are missing.
    told: u64,
}

impl Topic<'_> {
    /// The events before this number did not come.
    fn skip_to(&mut self, number: usize, account: &mut Account) {
        let missing = &self.entries[self.next.min(number)..number];
        let told = missing.partition_point(|entry| entry.position <= self.told);
        account.told += told;
        account.holes += missing.len() - told;
        self.next = number;
    }

    /// The client is told that events up to here are missing: one at least, and not told before.
    fn tell(&mut self, resumed_at: u64, account: &mut Account) {
        let told = |entry: &Entry| entry.position <= resumed_at && entry.position > self.told;
        if !self.entries[self.next..]
            .iter()
            .take_while(|entry| entry.position <= resumed_at)
            .any(told)
        {
            account.groundless += 1;
        }
        self.told = resumed_at;
    }
}

impl Record {
    /// Begins for a client that follows these topics, and the [`END`].
    pub fn new(topics: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut topics: BTreeSet<String> = topics.into_iter().map(Into::into).collect();
        topics.insert(END.to_owned());
        Self { topics, start: None, last_event_id: None, items: Vec::new(), ended: false }
    }

    /// What the client asks for.
    pub fn target(&self) -> String {
        let topics: Vec<_> = self.topics.iter().map(String::as_str).collect();
        format!("/hub?topics={}", topics.join(","))
    }

    /// Whether it is known where it began: before that, nothing can be missing.
    pub fn has_begun(&self) -> bool {
        self.start.is_some()
    }

    /// Whether the [`END`] came.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// How many gap events came.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.items.iter().filter_map(|item| match item {
            Item::Gap(gap) => Some(gap),
            Item::Event { .. } => None,
        })
    }

    /// Takes down what came.
    ///
    /// # Panics
    /// If it does not fit to what came before: an ID alone goes on where the client was, and so does
    /// a gap.
    pub fn take(&mut self, block: Block) {
        let Some(id) = block.id else {
            assert_eq!(block.data, None, "an event without an ID");
            return;
        };
        match (block.event.as_deref(), block.data) {
            (_, None) => match &self.last_event_id {
                Some(last) => assert_eq!(&id, last, "the ID alone of a stream that goes on"),
                None => self.start = Some(position(&id)),
            },
            (Some("gap"), Some(data)) => {
                let gap: Gap = serde_json::from_str(&data).expect("a gap event's data");
                assert_eq!(gap.resumed_at, id, "the ID of {gap:?}");
                assert_eq!(Some(&gap.requested), self.last_event_id.as_ref(), "{gap:?}");
                self.items.push(Item::Gap(gap));
            }
            (_, Some(data)) => {
                let mut words = data.split(' ');
                let (topic, number) = (words.next(), words.next());
                let number = number.and_then(|number| number.parse().ok());
                let (Some(topic), Some(number)) = (topic, number) else { panic!("data: {data}") };
                self.ended |= topic == END;
                let (topic, position) = (topic.to_owned(), position(&id));
                self.items.push(Item::Event { topic, number, position, at: Instant::now() });
            }
        }
        self.last_event_id = Some(id);
    }
}

impl Account {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.events += other.events;
        self.told += other.told;
        self.holes += other.holes;
        self.doubles += other.doubles;
        self.gaps += other.gaps;
        self.groundless += other.groundless;
        self.delays.extend(other.delays);
    }
}

/// `<epoch>.<position>`, of a hub in memory, which counts from 1.
fn position(id: &str) -> u64 {
    let position = id.rsplit_once('.').and_then(|(_, position)| position.parse().ok());
    position.unwrap_or_else(|| panic!("an ID of another form: {id:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each item is a topic and its number, or `gap`, a topic and where it resumes; expected are
    /// events, told, holes, doubles, gaps and groundless ones.
    #[track_caller]
    fn check(items: &[&str], expected: [usize; 6]) {
        let mut ledger = Ledger::new(&Hub::new());
        for topic in ["a", "b", "a", "b", "a"] {
            ledger.publish(topic, 0);
        }
        ledger.end();
        let mut record = Record::new(["a", "b"]);
        let block = |position: u64, event: Option<&str>, data: Option<String>| Block {
            id: Some(format!("e.{position}")),
            event: event.map(str::to_owned),
            data,
            retry: None,
        };
        record.take(Block::default());
        record.take(block(0, None, None));
        for item in items {
            match item.split(' ').collect::<Vec<_>>()[..] {
                ["gap", topic, resumed_at] => {
                    let data = format!(
                        r#"{{"reason":"trimmed","topics":["{topic}"],"requested":"{}","resumed_at":"e.{resumed_at}"}}"#,
                        record.last_event_id.as_deref().unwrap_or_default(),
                    );
                    let resumed_at = resumed_at.parse().expect("a position");
                    record.take(block(resumed_at, Some("gap"), Some(data)));
                }
                [topic, number] => {
                    let number: usize = number.parse().expect("a number");
                    let position = ledger.topics[topic][number].position;
                    record.take(block(position, None, Some(format!("{topic} {number} xxx"))));
                }
                _ => panic!("{item}"),
            }
        }
        assert!(record.has_ended());
        let seen = ledger.account(&record);
        assert_eq!(
            [seen.events, seen.told, seen.holes, seen.doubles, seen.gaps, seen.groundless],
            expected,
            "{items:?}"
        );
    }

    #[test]
    fn every_loss_is_counted_as_what_it_is() {
        check(&["a 0", "b 0", "a 1", "b 1", "a 2", "end 0"], [6, 0, 0, 0, 0, 0]);
        // In silence: between, and behind.
        check(&["a 0", "b 0", "b 1", "a 2", "end 0"], [5, 0, 1, 0, 0, 0]);
        check(&["a 0", "b 0", "a 1", "b 1", "end 0"], [5, 0, 1, 0, 0, 0]);
        // Twice, and out of order.
        check(&["a 0", "b 0", "b 0", "a 1", "b 1", "a 2", "end 0"], [7, 0, 0, 1, 0, 0]);
        check(&["b 0", "a 0", "a 1", "b 1", "a 2", "end 0"], [6, 0, 1, 1, 0, 0]);
        // Told, of the other topic, not far enough, and too far, so that what came is out of order.
        check(&["b 0", "gap a 3", "b 1", "a 2", "end 0"], [4, 2, 0, 0, 1, 0]);
        check(&["b 0", "a 2", "gap b 4", "end 0"], [3, 1, 2, 0, 1, 0]);
        check(&["b 0", "gap a 2", "b 1", "a 2", "end 0"], [4, 1, 1, 0, 1, 0]);
        check(&["b 0", "gap a 4", "b 1", "a 2", "end 0"], [4, 2, 1, 1, 1, 0]);
        // Told of the wrong topic, and again.
        check(&["a 0", "b 0", "gap b 3", "b 1", "a 2", "end 0"], [5, 0, 1, 0, 1, 1]);
        check(&["b 0", "gap a 3", "gap a 3", "b 1", "a 2", "end 0"], [4, 2, 0, 0, 2, 1]);
    }
}
