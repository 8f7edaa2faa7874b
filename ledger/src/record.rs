//! What a client received.

use std::time::Instant;

use crate::{END, Gap, Label};

/// What a client received, in the order in which it came.
#[derive(Debug)]
pub struct Record {
    topics: Vec<String>,
    last_event_id: Option<String>,
    items: Vec<(Instant, Item)>,
    ended: bool,
}

#[derive(Debug)]
pub(crate) enum Item {
    /// An ID without an event: where a stream begins.
    Id(String),
    /// The topic is an index into the record's topics.
    Event {
        topic: usize,
        number: u64,
        id: String,
        is_last: bool,
    },
    Gap(Gap),
    /// The client was asked not to reconnect.
    Finish,
}

impl Record {
    /// Begins for a client that follows these topics, and the topic [`END`].
    pub fn new(topics: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let topics = topics.into_iter().map(Into::into);
        Self::until_they_end(topics.chain([END.to_owned()]))
    }

    /// Begins for a client that follows these topics until all of them have ended.
    pub fn until_they_end(topics: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let topics = topics.into_iter().map(Into::into).collect();
        Self { topics, last_event_id: None, items: Vec::new(), ended: false }
    }

    /// Enters an ID without an event.
    pub fn id(&mut self, id: &str, at: Instant) {
        self.enter(id, Item::Id(id.to_owned()), at);
    }

    /// Enters an event.
    ///
    /// # Panics
    /// If its topic was not asked for.
    pub fn event(&mut self, topic: &str, number: u64, id: &str, at: Instant) {
        self.enter_event(topic, number, id, false, at);
    }

    /// Enters the last event of a topic, with which the topic ended.
    ///
    /// # Panics
    /// If its topic was not asked for.
    pub fn end(&mut self, topic: &str, number: u64, id: &str, at: Instant) {
        self.enter_event(topic, number, id, true, at);
    }

    fn enter_event(&mut self, topic: &str, number: u64, id: &str, is_last: bool, at: Instant) {
        let Some(index) = self.topics.iter().position(|other| other == topic) else {
            panic!("event {number} of {topic}, which was not asked for: {:?}", self.topics)
        };
        self.ended |= topic == END;
        self.enter(id, Item::Event { topic: index, number, id: id.to_owned(), is_last }, at);
    }

    /// Enters that the server asked the client not to reconnect (204): all topics have ended, and the client has
    /// everything.
    pub fn finish(&mut self, at: Instant) {
        self.ended = true;
        self.items.push((at, Item::Finish));
    }

    /// Enters a gap event.
    ///
    /// # Panics
    /// If it does not resume from the last event ID.
    pub fn gap(&mut self, gap: Gap, at: Instant) {
        if let Some(last) = &self.last_event_id {
            assert_eq!(&gap.requested, last, "the last event ID before {gap:?}");
        }
        let id = gap.resumed_at.clone();
        self.enter(&id, Item::Gap(gap), at);
    }

    /// Enters a block of an event stream that has an ID. An event of the type `end` is the last of its topic.
    ///
    /// # Panics
    /// If an event's data has no [`Label`], or if the data of a gap event does not fit.
    pub fn block(&mut self, id: &str, event: Option<&str>, data: Option<&str>, at: Instant) {
        match (event, data) {
            (_, None) => self.id(id, at),
            (Some("gap"), Some(data)) => {
                let gap: Gap = serde_json::from_str(data)
                    .unwrap_or_else(|error| panic!("the data of a gap event: {error}: {data}"));
                assert_eq!(gap.resumed_at, id, "the ID of {gap:?}");
                self.gap(gap, at);
            }
            (_, Some(data)) => {
                let Some(Label { topic, number }) = Label::parse(data) else {
                    panic!("data without a label: {data}")
                };
                self.enter_event(topic, number, id, event == Some("end"), at);
            }
        }
    }

    /// The path and the query that ask for the topics.
    pub fn target(&self, path: &str) -> String {
        format!("{path}?topics={}", self.topics.join(","))
    }

    /// The ID to resume from.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// Whether anything came that has an ID. Before that, nothing can be missing.
    pub fn has_begun(&self) -> bool {
        self.last_event_id.is_some()
    }

    /// Whether the event of the topic [`END`] was received, or the client was asked not to reconnect.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The gap events.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.items.iter().filter_map(|(_, item)| match item {
            Item::Gap(gap) => Some(gap),
            Item::Id(_) | Item::Event { .. } | Item::Finish => None,
        })
    }

    pub(crate) fn topics(&self) -> &[String] {
        &self.topics
    }

    pub(crate) fn topic(&self, index: usize) -> &str {
        &self.topics[index]
    }

    pub(crate) fn items(&self) -> &[(Instant, Item)] {
        &self.items
    }

    fn enter(&mut self, id: &str, item: Item, at: Instant) {
        self.last_event_id = Some(id.to_owned());
        self.items.push((at, item));
    }
}
