//! What was published, what each client got of it, and how the two agree.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use tokio::time::Instant;

use crate::{client::Block, ledger::Gap};

/// Where an event stands: in which life of the log, and where there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Lives are numbered as they are met.
    life: usize,
    position: u128,
}

/// The lives of the log, by the order in which a client met them.
#[derive(Debug, Default)]
pub(super) struct Lives(Vec<String>);

/// What a client got, in the order in which it came.
#[derive(Debug)]
pub(super) struct Record {
    topics: Vec<String>,
    last_event_id: Option<String>,
    items: Vec<(Instant, Item)>,
    ended: Vec<bool>,
    connects: usize,
    refused: Vec<u16>,
    /// Whether it is the one that may take longer to catch up than from one fault to the next.
    lags: bool,
}

#[derive(Clone, Debug)]
enum Item {
    /// An ID alone.
    Id(String),
    Event {
        topic: usize,
        number: u32,
        id: String,
    },
    Gap {
        topics: Vec<String>,
        resumed_at: String,
    },
}

/// The data of a published event.
#[derive(Deserialize)]
struct Data {
    topic: String,
    number: u32,
    #[serde(default)]
    end: bool,
}

/// Every event of a run.
#[derive(Debug, Default)]
pub(super) struct Books {
    topics: BTreeMap<String, HashMap<u32, Published>>,
}

/// An event that is in the log for certain.
#[derive(Debug)]
struct Published {
    id: String,
    at: Instant,
}

/// One fault, or one kind of fault, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What happened.
    pub name: String,
    /// Whether clients may be told of a gap.
    pub may_lose: bool,
    /// How often.
    pub times: usize,
    /// Events that came, each counted for each client that follows its topic.
    pub delivered: usize,
    /// Those that came again, or out of order.
    pub doubled: usize,
    /// Those that did not come and that no gap event told of.
    pub missing: usize,
    /// Those that did not come, and were told.
    pub told: usize,
    /// Gap events.
    pub gaps: usize,
    /// How long each client took to be back, in ms.
    pub recovery: Vec<u64>,
}

impl Record {
    pub(super) fn new(topics: Vec<String>) -> Self {
        let ended = vec![false; topics.len()];
        Self {
            topics,
            last_event_id: None,
            items: Vec::new(),
            ended,
            connects: 0,
            refused: Vec::new(),
            lags: false,
        }
    }

    /// As [`new`](Self::new), for the client that may take longer to catch up than from one fault to
    /// the next: its returns are not timed, and its gaps count for the fault that made it lag.
    pub(super) fn lagging(topics: Vec<String>) -> Self {
        Self { lags: true, ..Self::new(topics) }
    }

    pub(super) fn target(&self) -> String {
        format!("/events?topics={}", self.topics.join(","))
    }

    pub(super) fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.iter().all(|ended| *ended)
    }

    pub(super) fn connected(&mut self) {
        self.connects += 1;
    }

    pub(super) fn refused(&mut self, status: u16) {
        self.refused.push(status);
    }

    pub(super) fn connects(&self) -> usize {
        self.connects
    }

    pub(super) fn refusals(&self) -> &[u16] {
        &self.refused
    }

    /// Takes down what came.
    pub(super) fn take(&mut self, block: Block, at: Instant) {
        let Some(id) = block.id else { return };
        let item = match (block.event.as_deref(), block.data) {
            (_, None) => Item::Id(id.clone()),
            (Some("gap"), Some(data)) => {
                let Gap { topics, resumed_at, .. } =
                    serde_json::from_str(&data).expect("a gap event's data");
                Item::Gap { topics, resumed_at }
            }
            (_, Some(data)) => {
                let text = data.trim_end_matches('x');
                let Data { topic, number, end } =
                    serde_json::from_str(text).expect("data as it was published");
                let topic = self.topics.iter().position(|other| *other == topic);
                let topic = topic.expect("an event of a topic that was asked for");
                self.ended[topic] |= end;
                Item::Event { topic, number, id: id.clone() }
            }
        };
        self.last_event_id = Some(id);
        self.items.push((at, item));
    }
}

impl Lives {
    fn place(&mut self, id: &str) -> Place {
        let (life, position) = id.rsplit_once('.').expect("an ID of a hub");
        let life = self.0.iter().position(|other| other == life).unwrap_or_else(|| {
            self.0.push(life.to_owned());
            self.0.len() - 1
        });
        let number = |text: &str| text.parse::<u64>().map(u128::from).expect("a position");
        let position = match position.split_once('-') {
            Some((high, low)) => number(high) << 64 | number(low),
            None => number(position),
        };
        Place { life, position }
    }
}

impl Books {
    /// Takes down an event that was acknowledged.
    pub(super) fn acknowledged(&mut self, topic: &str, number: u32, id: String) {
        let published = Published { id, at: Instant::now() };
        self.topics.entry(topic.to_owned()).or_default().insert(number, published);
    }

    /// Compares what clients got with what is known to have been in the log; adds to the row in whose
    /// time each event was published. Row 0 begins with the run.
    pub(super) fn account(mut self, records: &[Record], times: &[Span], rows: &mut [Row]) {
        // What a client got was in the log, whatever the publisher learned of it.
        for record in records {
            for (at, item) in &record.items {
                if let Item::Event { topic, number, id } = item {
                    let topic = self.topics.entry(record.topics[*topic].clone()).or_default();
                    let published = Published { id: id.clone(), at: *at };
                    let published = topic.entry(*number).or_insert(published);
                    assert_eq!(published.id, *id, "one event under two IDs");
                }
            }
        }
        // Lives are numbered in the order in which the log had them.
        let mut lives = Lives::default();
        let mut all: Vec<_> = self.topics.values().flat_map(HashMap::values).collect();
        all.sort_by_key(|published| published.at);
        for published in all {
            lives.place(&published.id);
        }

        let topics: BTreeMap<_, Vec<_>> = self
            .topics
            .iter()
            .map(|(name, events)| {
                let event = |published: &Published| Event {
                    place: lives.place(&published.id),
                    at: published.at,
                    row: times.partition_point(|time| time.began <= published.at).max(1) - 1,
                };
                let mut events: Vec<_> = events.values().map(event).collect();
                events.sort_unstable_by_key(|event| event.place);
                (name.as_str(), events)
            })
            .collect();
        for record in records {
            let names = record.topics.iter();
            let log = names.map(|name| topics.get(name.as_str()).map_or(&[][..], Vec::as_slice));
            let mut reader = Reader::new(log.collect(), rows);
            for (at, item) in &record.items {
                reader.take(record, item, *at, times, &mut lives);
            }
            reader.end();
        }
    }
}

/// When a fault began, and when it was over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) began: Instant,
    pub(super) over: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    place: Place,
    at: Instant,
    row: usize,
}

/// How far a client is, by its topics.
struct Reader<'a> {
    log: Vec<&'a [Event]>,
    /// The index of the event that is next.
    next: Vec<usize>,
    /// Up to where events are told to be missing.
    told: Vec<Option<Place>>,
    last: Option<Place>,
    /// The first of the faults that it has not come back from.
    away: usize,
    rows: &'a mut [Row],
}

impl<'a> Reader<'a> {
    fn new(log: Vec<&'a [Event]>, rows: &'a mut [Row]) -> Self {
        let topics = log.len();
        Self { log, next: vec![0; topics], told: vec![None; topics], last: None, away: 0, rows }
    }

    fn take(&mut self, of: &Record, item: &Item, at: Instant, times: &[Span], lives: &mut Lives) {
        match item {
            Item::Id(id) => {
                let place = lives.place(id);
                if self.last.is_none() {
                    // Where it begins: what was before is not its business.
                    for (next, log) in self.next.iter_mut().zip(&self.log) {
                        *next = log.partition_point(|event| event.place <= place);
                    }
                }
                self.last = self.last.max(Some(place));
            }
            Item::Event { topic, id, .. } => {
                let place = lives.place(id);
                let index = self.log[*topic].partition_point(|event| event.place < place);
                let event = self.log[*topic][index];
                if self.last.is_some_and(|last| place <= last) || index < self.next[*topic] {
                    self.rows[event.row].doubled += 1;
                    return;
                }
                self.skip_to(*topic, index);
                self.rows[event.row].delivered += 1;
                self.next[*topic] = index + 1;
                self.last = Some(place);
                if !of.lags {
                    self.back(event, at, times);
                }
            }
            Item::Gap { topics, resumed_at } => {
                let place = lives.place(resumed_at);
                let mut row = times.partition_point(|time| time.began <= at).max(1) - 1;
                if of.lags {
                    // Still behind from what befell it, whatever happens now.
                    row = (0..=row).rev().find(|row| self.rows[*row].may_lose).unwrap_or(row);
                }
                self.rows[row].gaps += 1;
                for (topic, told) in of.topics.iter().zip(&mut self.told) {
                    if topics.contains(topic) {
                        *told = (*told).max(Some(place));
                    }
                }
                self.last = self.last.max(Some(place));
            }
        }
    }

    /// The topic's events before this one did not come.
    fn skip_to(&mut self, topic: usize, index: usize) {
        for event in &self.log[topic][self.next[topic].min(index)..index] {
            let row = &mut self.rows[event.row];
            match self.told[topic] {
                Some(told) if event.place <= told => row.told += 1,
                _ => row.missing += 1,
            }
        }
    }

    /// The client has an event that was published when a fault was over.
    fn back(&mut self, event: Event, at: Instant, times: &[Span]) {
        while times.get(self.away).is_some_and(|time| time.over <= event.at) {
            let took = at.saturating_duration_since(times[self.away].over);
            self.rows[self.away].recovery.push(took.as_millis() as u64);
            self.away += 1;
        }
    }

    fn end(mut self) {
        for topic in 0..self.log.len() {
            self.skip_to(topic, self.log[topic].len());
        }
    }
}

impl Row {
    /// Adds another time of the same fault.
    pub(super) fn add(&mut self, other: Self) {
        self.times += other.times;
        self.delivered += other.delivered;
        self.doubled += other.doubled;
        self.missing += other.missing;
        self.told += other.told;
        self.gaps += other.gaps;
        self.recovery.extend(other.recovery);
    }

    /// How many events clients were to get, each counted for each client that follows its topic.
    pub fn expected(&self) -> usize {
        self.delivered + self.missing + self.told
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A topic, its number in it, and its ID.
    type Entry = (&'static str, u32, &'static str);

    const LOG: [Entry; 5] = [
        ("a", 0, "x.1-0"),
        ("b", 0, "x.2-0"),
        ("a", 1, "x.2-1"),
        ("b", 1, "x.10-0"),
        ("a", 2, "x.11-0"),
    ];

    /// What a client of `a` and `b` got, line by line, against the log: `id` and an ID alone, `gap`,
    /// a topic and where it resumes, or a topic, a number and an ID. Expected are events that were
    /// delivered, doubled, missing in silence, missing as told, and gap events.
    #[track_caller]
    fn check_log(log: &[Entry], lines: &[&str], expected: [usize; 5]) {
        let mut all = Row::default();
        account(log, log.len(), lines).into_iter().for_each(|row| all.add(row));
        let Row { delivered, doubled, missing, told, gaps, .. } = all;
        assert_eq!([delivered, doubled, missing, told, gaps], expected, "{lines:?}");
        let each_once = log.iter().filter(|(topic, ..)| ["a", "b"].contains(topic)).count();
        if !lines.iter().any(|line| line.starts_with("id ")) {
            assert_eq!(all.expected(), each_once, "every event has one fate: {lines:?}");
        }
    }

    /// With all events published in the time of one fault.
    #[track_caller]
    fn check(lines: &[&str], expected: [usize; 5]) {
        check_log(&LOG, lines, expected);
    }

    /// The first events of the log are published in the time of the first fault, the others in that
    /// of the second.
    fn account(log: &[Entry], first: usize, lines: &[&str]) -> Vec<Row> {
        let start = Instant::now();
        let at = |seconds: usize| start + Duration::from_secs(seconds as u64);
        let spans = [0, first].map(|began| Span { began: at(2 * began), over: at(2 * began + 1) });
        let mut books = Books::default();
        for (index, (topic, number, id)) in log.iter().enumerate() {
            let published = Published { id: (*id).to_owned(), at: at(2 * index + 1) };
            books.topics.entry((*topic).to_owned()).or_default().insert(*number, published);
        }
        let record = Record::new(vec!["a".to_owned(), "b".to_owned()]);
        let rows = vec![Row::default(); spans.len()];
        account_of(record, rows, books, &spans, lines, |index| at(2 * log.len() + index))
    }

    /// What the lines of a record come to; `at` is when each of them came.
    fn account_of(
        mut record: Record,
        mut rows: Vec<Row>,
        books: Books,
        spans: &[Span],
        lines: &[&str],
        at: impl Fn(usize) -> Instant,
    ) -> Vec<Row> {
        for (index, line) in lines.iter().enumerate() {
            let (event, data, id) = match line.split(' ').collect::<Vec<_>>()[..] {
                ["id", id] => (None, None, id),
                ["gap", topic, id] => {
                    let data = format!(
                        r#"{{"reason":"trimmed","topics":["{topic}"],"requested":"","resumed_at":"{id}"}}"#
                    );
                    (Some("gap".to_owned()), Some(data), id)
                }
                [topic, number, id] => {
                    let data = format!(r#"{{"topic":"{topic}","number":{number}}}xxx"#);
                    (None, Some(data), id)
                }
                _ => panic!("{line}"),
            };
            let block = Block { id: Some(id.to_owned()), event, data, retry: None };
            record.take(block, at(index));
        }
        books.account(&[record], spans, &mut rows);
        rows
    }

    #[test]
    fn every_loss_is_counted_as_what_it_is() {
        let [a0, b0, a1, b1, a2] =
            ["a 0 x.1-0", "b 0 x.2-0", "a 1 x.2-1", "b 1 x.10-0", "a 2 x.11-0"];
        check(&[a0, b0, a1, b1, a2], [5, 0, 0, 0, 0]);
        // In silence: before, between, behind, a whole topic, everything.
        check(&[b0, a1, b1, a2], [4, 0, 1, 0, 0]);
        check(&[a0, b0, b1, a2], [4, 0, 1, 0, 0]);
        check(&[a0, b0, a1, b1], [4, 0, 1, 0, 0]);
        check(&[a0, a1, a2], [3, 0, 2, 0, 0]);
        check(&[], [0, 0, 5, 0, 0]);
        // Twice, at once and later, and out of order: what comes too late has not come.
        check(&[a0, b0, b0, a1, b1, a2], [5, 1, 0, 0, 0]);
        check(&[a0, b0, a1, b1, b0, a1, a2], [5, 2, 0, 0, 0]);
        check(&[b0, a0, a1, b1, a2], [4, 1, 1, 0, 0]);
        check(&[a0, a1, b0, b1, a2], [4, 1, 1, 0, 0]);
        // Told: of one topic, behind the last event, not far enough, and too far.
        check(&[b0, "gap a x.2-1", b1, a2], [3, 0, 0, 2, 1]);
        check(&[a0, b0, a1, b1, "gap a x.11-0"], [4, 0, 0, 1, 1]);
        check(&[b0, "gap a x.1-0", b1, a2], [3, 0, 1, 1, 1]);
        check(&[b0, "gap a x.10-0", b1, a2], [2, 1, 1, 2, 1]);
        // Told of the other topic; told where nothing is missing, and twice.
        check(&[b0, "gap b x.2-1", b1, a2], [3, 0, 2, 0, 1]);
        check(&[a0, b0, "gap b x.2-0", a1, b1, a2], [5, 0, 0, 0, 1]);
        check(&[b0, "gap a x.2-1", "gap a x.2-1", b1, a2], [3, 0, 0, 2, 2]);
        // A gap excuses nothing after it.
        check(&["gap a x.2-1", "gap b x.2-0", a2], [1, 0, 1, 3, 2]);
        // It begins in the middle: what was before is not its business, an ID again changes nothing.
        check(&["id x.2-0", a1, b1, a2], [3, 0, 0, 0, 0]);
        check(&["id x.2-0", b1, a2], [2, 0, 1, 0, 0]);
        check(&["id x.2-0", a1, "id x.10-0", a2], [2, 0, 1, 0, 0]);
        check(&["id x.11-0"], [0, 0, 0, 0, 0]);
    }

    #[test]
    fn another_life_of_the_log_is_after_the_one_before() {
        let log =
            [("a", 0, "x.5"), ("b", 0, "x.6"), ("a", 1, "y.1"), ("b", 1, "y.2"), ("a", 2, "y.9")];
        let [a0, b0, a1, b1, a2] = ["a 0 x.5", "b 0 x.6", "a 1 y.1", "b 1 y.2", "a 2 y.9"];
        let check = |lines: &[&str], expected| check_log(&log, lines, expected);
        check(&[a0, b0, a1, b1, a2], [5, 0, 0, 0, 0]);
        // With a gap event, which tells of what the old life had, and of the new one's beginning.
        check(&[a0, "gap a y.1", "gap b y.1", b1, a2], [3, 0, 0, 2, 2]);
        check(&[a0, "gap b y.0", a1, b1, a2], [4, 0, 0, 1, 1]);
        // Without one, or of another topic.
        check(&[a0, a1, b1, a2], [4, 0, 1, 0, 0]);
        check(&[a0, "gap a y.0", a1, b1, a2], [4, 0, 1, 0, 1]);
        check(&[a0, b0, a2], [3, 0, 2, 0, 0]);
        // Back to the old life, which is over.
        check(&[a0, a1, b0, b1, a2], [4, 1, 1, 0, 0]);
    }

    #[test]
    fn a_loss_is_of_the_fault_in_whose_time_the_event_was_published() {
        let rows = account(&LOG, 2, &["a 0 x.1-0", "b 1 x.10-0", "a 2 x.11-0"]);
        let counts = |row: &Row| [row.delivered, row.missing];
        assert_eq!([counts(&rows[0]), counts(&rows[1])], [[1, 1], [2, 1]]);
        // Each event came 10 s after the first was published; the faults were over 1 s and 5 s after.
        assert_eq!([&rows[0].recovery[..], &rows[1].recovery[..]], [[9_000], [6_000]]);
    }

    #[test]
    fn the_gaps_of_the_client_that_lags_are_of_the_fault_that_made_it_lag() {
        let start = Instant::now();
        let at = |seconds: usize| start + Duration::from_secs(seconds as u64);
        let spans = [0, 10, 20].map(|began| Span { began: at(began), over: at(began) });
        let row = |may_lose| Row { may_lose, ..Row::default() };
        let rows = || vec![row(false), row(true), row(false)];
        let gaps = |record: Record, lines: &[&str]| {
            let rows = account_of(record, rows(), Books::default(), &spans, lines, |_| at(30));
            rows.iter().map(|row| row.gaps).collect::<Vec<_>>()
        };
        let topics = || vec!["a".to_owned()];
        assert_eq!(gaps(Record::lagging(topics()), &["gap a x.2"]), [0, 1, 0]);
        assert_eq!(gaps(Record::new(topics()), &["gap a x.2"]), [0, 0, 1]);
    }

    #[test]
    fn an_event_that_nobody_acknowledged_is_in_the_log_once_a_client_has_it() {
        let mut books = Books::default();
        books.acknowledged("a", 0, "x.1".to_owned());
        let mut rows = vec![Row::default()];
        let record = |ids: &[&str]| {
            let mut record = Record::new(vec!["a".to_owned()]);
            for id in ids {
                let number = id.strip_prefix("x.").and_then(|id| id.parse::<u32>().ok());
                let number = number.expect("a position") - 1;
                let data = Some(format!(r#"{{"topic":"a","number":{number}}}"#));
                let block = Block { id: Some((*id).to_owned()), event: None, data, retry: None };
                record.take(block, Instant::now());
            }
            record
        };
        let began = Instant::now();
        let records = [record(&["x.1", "x.2", "x.3"]), record(&["x.1", "x.3"])];
        books.account(&records, &[Span { began, over: began }], &mut rows);
        assert_eq!([rows[0].delivered, rows[0].missing], [5, 1]);
    }
}
