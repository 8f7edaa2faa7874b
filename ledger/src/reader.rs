//! How far a client has read.

use std::{collections::HashSet, time::Instant};

use crate::{
    Finding, Gap, Record,
    audit::Entry,
    place::{Order, Place},
    record::Item,
};

/// How far a client has read, in all and in each of its topics.
pub(crate) struct Reader<'a> {
    record: &'a Record,
    order: &'a Order,
    topics: Vec<Topic<'a>>,
    /// The place of the last event ID; no later event may be at or before it.
    last: Option<Place>,
    findings: Vec<Finding>,
}

/// How far a client has read in a topic.
struct Topic<'a> {
    entries: &'a [Entry],
    /// The index of the next entry.
    next: usize,
    /// The place up to which missing events were reported.
    reported: Option<Place>,
    /// The numbers of the events that were delivered.
    numbers: HashSet<u64>,
    /// The client was asked not to reconnect.
    finished: bool,
}

impl<'a> Reader<'a> {
    /// Begins before the first entry of each topic.
    pub(crate) fn new(record: &'a Record, entries: Vec<&'a [Entry]>, order: &'a Order) -> Self {
        let topics = entries.into_iter().map(Topic::new).collect();
        Self { record, order, topics, last: None, findings: Vec::new() }
    }

    /// Compares the next item of the record with the log.
    pub(crate) fn take(&mut self, item: &Item, at: Instant) {
        match item {
            Item::Id(id) => self.id(id),
            Item::Event { topic, number, id, .. } => self.event(*topic, *number, id, at),
            Item::Gap(gap) => self.gap(gap, at),
            Item::Finish => self.finish(),
        }
    }

    /// Returns the findings, with what was not received at the end.
    pub(crate) fn end(mut self) -> Vec<Finding> {
        for topic in self.topics.iter_mut().filter(|topic| !topic.finished) {
            topic.skip_to(topic.entries.len(), &mut self.findings);
            let end = topic.entries.iter().rfind(|entry| entry.is_last);
            if let Some(end) = end.filter(|end| Some(end.place) > topic.reported) {
                self.findings.push(Finding::Unended { published: end.at });
            }
        }
        self.findings
    }

    fn id(&mut self, id: &str) {
        let place = self.order.place(id);
        if self.last.is_none() {
            // The client begins here, so earlier events are not expected.
            for topic in &mut self.topics {
                topic.next = topic.entries.partition_point(|entry| entry.place <= place);
                topic.reported = Some(place);
            }
        }
        self.last = self.last.max(Some(place));
    }

    fn event(&mut self, topic: usize, number: u64, id: &str, received: Instant) {
        let place = self.order.place(id);
        let name = self.record.topic(topic);
        let topic = &mut self.topics[topic];
        let Ok(index) = topic.entries.binary_search_by_key(&place, |entry| entry.place) else {
            panic!("event {number} of {name} was not published with the ID {id}")
        };
        let entry = topic.entries[index];
        assert_eq!(entry.number, number, "the number of the event {id} of {name}");
        let published = entry.at;
        if self.last.is_some_and(|last| place <= last) || index < topic.next {
            self.findings.push(Finding::Doubled { published });
            return;
        }
        topic.skip_to(index, &mut self.findings);
        topic.next = index + 1;
        self.findings.push(Finding::Delivered { published, received });
        if !topic.numbers.insert(number) {
            self.findings.push(Finding::Repeated { published });
        }
        self.last = Some(place);
    }

    fn gap(&mut self, gap: &Gap, received: Instant) {
        let place = self.order.place(&gap.resumed_at);
        let (mut missed, mut groundless) = (0, 0);
        for name in &gap.topics {
            let topic = self.record.topics().iter().position(|topic| topic == name);
            let topic = topic.unwrap_or_else(|| panic!("{name} was not asked for: {gap:?}"));
            let topic = &mut self.topics[topic];
            let more = topic.missing_up_to(place);
            missed += more;
            groundless += usize::from(more == 0);
            topic.reported = topic.reported.max(Some(place));
        }
        self.findings.push(Finding::Gap { received, missed });
        self.findings.extend(vec![Finding::Groundless { received }; groundless]);
        self.last = self.last.max(Some(place));
    }

    fn finish(&mut self) {
        for (index, topic) in self.topics.iter_mut().enumerate() {
            let seen = topic.entries.partition_point(|entry| Some(entry.place) <= self.last);
            let Some(end) = topic.entries[..seen].iter().rposition(|entry| entry.is_last) else {
                let name = self.record.topic(index);
                panic!("{name} had not ended at {:?}", self.record.last_event_id())
            };
            topic.skip_to(end + 1, &mut self.findings);
            topic.finished = true;
            self.findings.push(Finding::Ended { published: topic.entries[end].at });
        }
    }
}

impl<'a> Topic<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        Self { entries, next: 0, reported: None, numbers: HashSet::new(), finished: false }
    }

    /// Skips the entries before this index: they were not received.
    fn skip_to(&mut self, index: usize, findings: &mut Vec<Finding>) {
        for entry in &self.entries[self.next.min(index)..index] {
            let published = entry.at;
            findings.push(match self.reported {
                Some(reported) if entry.place <= reported => Finding::Reported { published },
                _ => Finding::Missing { number: entry.number, published },
            });
        }
        self.next = index;
    }

    /// The number of events up to this place that are missing and were not reported yet.
    fn missing_up_to(&self, place: Place) -> usize {
        self.entries[self.next..]
            .iter()
            .take_while(|entry| entry.place <= place)
            .filter(|entry| Some(entry.place) > self.reported)
            .count()
    }
}
