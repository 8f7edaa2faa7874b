//! Compares the hub with a plain vector of everything that was ever published, under random operations.

use std::{
    collections::BTreeMap,
    task::Poll,
    time::{Duration, Instant},
};

use fastrand::Rng;
use sse_core::{Decoder, Event, EventId, LastEventId, StreamItem};
use sse_hub::{
    Hub, OnGap, Position, Principal, PublishError, Retention, Start, SubscribeError, Subscription,
};

use crate::poll;

const TOPICS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What a client has seen.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Event { at: u64, data: String },
    Gap { reason: String, topics: Vec<String>, requested: String, resumed_at: u64 },
}

/// Everything that was published in one epoch, beginning with the event at position 1. The end of a topic without an
/// event is an entry without a topic.
struct Truth {
    epoch: String,
    events: Vec<(&'static str, String)>,
    /// The topics that have ended, and the positions of their last events.
    ended: BTreeMap<&'static str, u64>,
    /// The number of events that a topic is certain to keep; `None` if other bounds are in force.
    keeps: Option<usize>,
}

impl Truth {
    fn head(&self) -> u64 {
        self.events.len() as u64
    }

    fn all_ended(&self, topics: &[&str]) -> bool {
        topics.iter().all(|topic| self.ended.contains_key(topic))
    }

    /// Whether a client with this last event ID has all of topics that have ended.
    fn has_all(&self, topics: &[&str], id: Option<&str>) -> bool {
        let at = id.and_then(|id| id.strip_prefix(&self.epoch)?.strip_prefix('.')?.parse().ok());
        let Some(at) = at.filter(|at| *at <= self.head()) else { return false };
        topics.iter().all(|topic| self.ended.get(topic).is_some_and(|last| *last <= at))
    }

    fn id(&self, at: u64) -> String {
        format!("{}.{at}", self.epoch)
    }

    fn at(&self, id: &str) -> u64 {
        let (epoch, at) = id.split_once('.').expect("a hub's ID");
        assert_eq!(epoch, self.epoch);
        at.parse().expect("a number")
    }

    /// Returns the positions of the events of some topics, after one position and up to another.
    fn of<'a>(&'a self, topics: &'a [&str], after: u64, to: u64) -> impl Iterator<Item = u64> + 'a {
        (after + 1..=to).filter(|at| topics.contains(&self.events[*at as usize - 1].0))
    }

    /// Returns a topic's kept events, and the position of the last evicted one.
    fn kept(&self, topic: &str) -> (Vec<u64>, u64) {
        let topics = [topic];
        let mut all: Vec<_> = self.of(&topics, 0, self.head()).collect();
        let kept = all.split_off(all.len().saturating_sub(self.keeps.unwrap_or(0)));
        (kept, all.last().copied().unwrap_or(0))
    }

    /// Returns the position at which a subscription begins.
    fn start(&self, topics: &[&str], start: Start, oldest: bool) -> u64 {
        let mut kept: Vec<_> = topics.iter().flat_map(|topic| self.kept(topic).0).collect();
        kept.sort_unstable();
        let count = match start {
            Start::Last(count) => count,
            Start::Earliest => usize::MAX,
            _ => 0,
        };
        let first = kept[kept.len().saturating_sub(count)..].first();
        let floor = topics.iter().map(|topic| self.kept(topic).1).max().unwrap_or(0);
        let position = first.map_or(self.head(), |first| first - 1);
        if oldest { position } else { position.max(floor) }
    }
}

/// The positions up to which a client has everything: by its last event ID, and for each of its topics, since events
/// of other topics may come before a gap.
#[derive(Clone, Debug)]
struct Place {
    cursor: u64,
    topics: Vec<(&'static str, u64)>,
}

impl Place {
    fn new(topics: &[&'static str], cursor: u64) -> Self {
        Self { cursor, topics: topics.iter().map(|topic| (*topic, cursor)).collect() }
    }

    /// Checks the next item.
    fn step(&mut self, truth: &Truth, seen: &Seen) {
        match seen {
            Seen::Event { at, data } => {
                assert!(*at > self.cursor, "{at} after {}: IDs rise", self.cursor);
                let (published, text) = &truth.events[*at as usize - 1];
                assert_eq!(data, text);
                let topic = self.topics.iter_mut().find(|(topic, _)| topic == published);
                let (topic, had) = topic.expect("of a topic that was asked for");
                let next = truth.of(&[topic], *had, truth.head()).next();
                assert_eq!(Some(*at), next, "the next event of {topic} after {had}");
                (self.cursor, *had) = (*at, *at);
            }
            Seen::Gap { topics, requested, resumed_at, .. } => {
                assert_eq!(*requested, truth.id(self.cursor));
                assert!(*resumed_at > self.cursor);
                assert!(!topics.is_empty());
                for lost in topics {
                    let topic = self.topics.iter_mut().find(|(topic, _)| topic == lost);
                    let (topic, had) = topic.expect("of a topic that was asked for");
                    let missed = truth.of(&[topic], *had, *resumed_at).next();
                    assert!(missed.is_some() || truth.keeps.is_none(), "{topic} misses nothing");
                    *had = *resumed_at;
                }
                self.cursor = *resumed_at;
            }
        }
    }

    /// Checks that nothing is left.
    fn at_head(&self, truth: &Truth) {
        for (topic, had) in &self.topics {
            let missed = truth.of(&[topic], *had, truth.head()).next();
            assert_eq!(missed, None, "an event of {topic} neither came nor is in a gap");
        }
    }
}

/// A client, over all its connections in one epoch.
struct Client {
    topics: Vec<&'static str>,
    start: Start,
    on_gap: OnGap,
    principal: Principal,
    connection: Connection,
    /// Where it began, and the whole blocks that it received before the cuts.
    began: Option<u64>,
    history: Vec<Seen>,
}

/// What a client asks for with each connection.
#[derive(Clone, Copy)]
struct Policy<'a> {
    topics: &'a [&'static str],
    start: Start,
    on_gap: &'a OnGap,
    principal: &'a Principal,
}

struct Connection {
    /// `None` if the client received 204.
    subscription: Option<Subscription>,
    /// All topics have ended.
    over: bool,
    sent: Option<String>,
    bytes: Vec<u8>,
    decoder: Decoder,
    place: Option<Place>,
    seen: Vec<Seen>,
}

impl Connection {
    fn new((hub, truth): (&Hub, &Truth), client: Policy<'_>, sent: Option<String>) -> Self {
        let Policy { topics, start, on_gap, principal } = client;
        let id = sent.clone().map(|id| EventId::new(id).expect("one line"));
        let last = id.clone().map_or_else(LastEventId::default, LastEventId::from);
        let subscription = match hub.subscribe_from(topics, last) {
            Ok(subscription) => {
                let subscription = subscription.start(start).on_gap(on_gap.clone());
                Some(subscription.principal(principal))
            }
            Err(error) => {
                assert_eq!(error, SubscribeError::Ended, "within the limits");
                None
            }
        };
        let has_all = truth.has_all(topics, sent.as_deref());
        assert!(has_all || subscription.is_some(), "it misses something");
        // The floor that the hub keeps of a removed topic may be too high.
        assert!(!has_all || subscription.is_none() || truth.keeps.is_none(), "it has everything");
        let (over, decoder) = (subscription.is_none(), Decoder::resume(&id.unwrap_or_default()));
        let (bytes, seen) = (Vec::new(), Vec::new());
        Self { subscription, over, sent, bytes, decoder, place: None, seen }
    }
}

fn seen(event: &Event, truth: &Truth) -> Seen {
    let data = event.data.as_deref().expect("events have data").to_owned();
    if event.event.as_deref() != Some("gap") {
        return Seen::Event { at: truth.at(event.id.as_ref().expect("an ID")), data };
    }
    let gap: serde_json::Value = event.parse_json().expect("JSON");
    let field = |name: &str| gap[name].as_str().expect("text").to_owned();
    let topics = gap["topics"].as_array().expect("names").iter();
    Seen::Gap {
        reason: field("reason"),
        topics: topics.map(|topic| topic.as_str().expect("text").to_owned()).collect(),
        requested: field("requested"),
        resumed_at: truth.at(&field("resumed_at")),
    }
}

impl Client {
    fn policy(&self) -> Policy<'_> {
        let Self { topics, start, on_gap, principal, .. } = self;
        Policy { topics, start: *start, on_gap, principal }
    }

    /// Reads one frame; returns whether there may be more.
    fn poll(&mut self, truth: &Truth) -> bool {
        let Some(subscription) =
            self.connection.subscription.as_mut().filter(|_| !self.connection.over)
        else {
            return false;
        };
        let frame = match poll(subscription) {
            Poll::Ready(Some(frame)) => frame,
            Poll::Ready(None) => {
                if truth.all_ended(&self.topics) {
                    self.connection.over = true;
                    let place = self.connection.place.as_ref().expect("it has begun");
                    if !matches!(self.on_gap, OnGap::Close) {
                        place.at_head(truth);
                    }
                } else {
                    assert!(matches!(self.on_gap, OnGap::Close), "only a gap or an end");
                }
                return false;
            }
            Poll::Pending => {
                assert!(!truth.all_ended(&self.topics), "all topics have ended");
                self.connection.place.as_ref().expect("the first poll is ready").at_head(truth);
                return false;
            }
        };
        let bytes = frame.as_bytes();
        assert!(bytes.ends_with(b"\n\n") && bytes.len() <= 32 * 1024 + 6_000);
        if self.connection.bytes.is_empty() {
            self.opened(bytes, truth);
        }
        self.connection.bytes.extend_from_slice(bytes);
        self.connection.decoder.feed(bytes);
        while let Some(item) = self.connection.decoder.next() {
            let StreamItem::Event(event) = item.expect("no event is too long") else { continue };
            if !is_opening(&event) {
                self.take(&event, truth);
            }
        }
        let last = self.connection.place.as_ref().map(|place| truth.id(place.cursor));
        if !matches!(self.on_gap, OnGap::Close) {
            let id = self.connection.decoder.last_event_id();
            assert_eq!(Some(id), last.as_deref());
        }
        true
    }

    /// Checks the first item of a connection: the cursor, or else a gap.
    fn opened(&mut self, bytes: &[u8], truth: &Truth) {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let Some(rest) = text.strip_prefix(crate::OPENING) else {
            assert!(text.starts_with("event: gap\n"), "{text:?}");
            let sent = self.connection.sent.as_deref();
            let ours = sent.and_then(|id| id.strip_prefix(&truth.id(0)[..truth.epoch.len() + 1]));
            let ours = ours.and_then(|at| at.parse().ok()).filter(|at| *at <= truth.head());
            self.connection.place = ours.map(|at| Place::new(&self.topics, at));
            if let Some(at) = ours {
                self.resumed(at);
            }
            return;
        };
        let (id, _) = rest.split_once('\n').expect("a line of its own");
        let cursor = truth.at(id);
        self.connection.place = Some(Place::new(&self.topics, cursor));
        match &self.connection.sent {
            Some(sent) => {
                assert_eq!(id, sent);
                self.resumed(cursor);
            }
            None => {
                let oldest = matches!(self.on_gap, OnGap::Oldest);
                if truth.keeps.is_some() || self.start == Start::Live {
                    assert_eq!(cursor, truth.start(&self.topics, self.start, oldest));
                }
                self.began = Some(cursor);
                self.history.clear();
            }
        }
    }

    /// An ID that was ahead of the log may no longer be.
    fn resumed(&mut self, at: u64) {
        if self.history.is_empty() {
            self.began = Some(at);
        }
    }

    fn take(&mut self, event: &Event, truth: &Truth) {
        let seen = seen(event, truth);
        let connection = &mut self.connection;
        let oldest = matches!(self.on_gap, OnGap::Oldest);
        match (&seen, &mut connection.place) {
            // Not a position in this epoch: the gap names all topics.
            (Seen::Gap { reason, topics, requested, resumed_at }, place @ None) => {
                assert_ne!(reason, "trimmed");
                assert_eq!(Some(requested), connection.sent.as_ref());
                assert_eq!(*topics, self.topics);
                if truth.keeps.is_some() || !oldest {
                    let start = if oldest { Start::Earliest } else { Start::Live };
                    assert_eq!(*resumed_at, truth.start(&self.topics, start, oldest));
                }
                *place = Some(Place::new(&self.topics, *resumed_at));
                self.began = Some(*resumed_at);
                self.history.clear();
            }
            (_, None) => panic!("{seen:?} before a cursor"),
            (_, Some(place)) => {
                if let Seen::Gap { reason, topics, resumed_at, .. } = &seen {
                    assert_eq!(reason, "trimmed");
                    for topic in topics.iter().filter(|_| truth.keeps.is_some() && oldest) {
                        let (kept, lost) = truth.kept(topic);
                        assert!(kept.first().is_none_or(|kept| kept > resumed_at), "{topic} keeps");
                        assert!(lost > place.cursor, "{topic} has lost nothing");
                    }
                }
                place.step(truth, &seen);
            }
        }
        let id = event.id.as_ref().map(|id| truth.at(id));
        let closes = matches!(seen, Seen::Gap { .. }) && matches!(self.on_gap, OnGap::Close);
        let cursor = connection.place.as_ref().map(|place| place.cursor);
        assert_eq!(id, if closes { None } else { cursor });
        connection.seen.push(seen);
    }

    /// Loses the connection after any byte, and reconnects with the ID of the last whole block.
    fn cut(&mut self, hub: (&Hub, &Truth), rng: &mut Rng) {
        let kept = rng.usize(..=self.connection.bytes.len());
        let sent = self.connection.sent.clone().map(|id| EventId::new(id).expect("one line"));
        let mut decoder = Decoder::resume(&sent.unwrap_or_default());
        decoder.feed(&self.connection.bytes[..kept]);
        let is_event =
            |item: &_| matches!(item, Ok(StreamItem::Event(event)) if !is_opening(event));
        let events = decoder.by_ref().filter(is_event).count();
        self.history.extend(self.connection.seen.drain(..events));
        let last = Some(decoder.last_event_id().to_string()).filter(|id| !id.is_empty());
        self.connection = Connection::new(hub, self.policy(), last.clone());
        if self.connection.subscription.is_none() {
            self.resumed(hub.1.at(&last.unwrap_or_default()));
        }
    }

    /// Checks the events of all connections together.
    fn check(&mut self, truth: &Truth) {
        while self.poll(truth) {}
        self.history.append(&mut self.connection.seen);
        let Some(began) = self.began else { return };
        let mut place = Place::new(&self.topics, began);
        let restarts =
            |seen: &Seen| matches!(seen, Seen::Gap { reason, .. } if reason != "trimmed");
        for (at, seen) in self.history.iter().enumerate() {
            if matches!(self.on_gap, OnGap::Close) && matches!(seen, Seen::Gap { .. }) {
                return;
            }
            if restarts(seen) && at == 0 {
                continue;
            }
            place.step(truth, seen);
        }
        place.at_head(truth);
    }
}

/// The bounds that are in force.
#[derive(Clone, Copy, Debug)]
enum Bounds {
    None,
    Events,
    All,
}

struct World {
    hub: Hub,
    truth: Truth,
    clients: Vec<Client>,
    bounds: Bounds,
    events: usize,
    now: Instant,
    rng: Rng,
    gaps: usize,
}

impl World {
    fn new(seed: u64, bounds: Bounds) -> Self {
        let mut rng = Rng::with_seed(seed);
        let events = rng.usize(1..20);
        let (hub, truth) = begin(bounds, events);
        Self { hub, truth, clients: Vec::new(), bounds, events, now: Instant::now(), rng, gaps: 0 }
    }

    fn operate(&mut self) {
        match self.rng.u8(..35) {
            0..12 => self.publish(),
            12..14 => (0..self.rng.usize(..40)).for_each(|_| self.publish()),
            14..16 if self.clients.len() < 12 => self.subscribe(),
            16..24 => {
                if let Some(client) = self.rng.choice(&mut self.clients) {
                    client.poll(&self.truth);
                }
                self.retire();
            }
            24..27 => {
                if let Some(client) = self.rng.choice(&mut self.clients) {
                    client.cut((&self.hub, &self.truth), &mut self.rng.fork());
                }
                self.retire();
            }
            27 => self.leave(),
            28 => {
                self.now += Duration::from_millis(self.rng.u64(..20_000));
                self.hub.tick(self.now);
            }
            29 => self.reconnect_with_a_strange_id(),
            30 if self.rng.u8(..8) == 0 => self.restart(),
            31 => self.cut_is_as_uncut(),
            32 => self.end(),
            33 if self.rng.u8(..4) == 0 => self.forget(),
            34 => self.revoke(),
            _ => self.trim(),
        }
    }

    fn publish(&mut self) {
        let topic = *self.rng.choice(&TOPICS).expect("not empty");
        let size = if self.rng.u8(..12) == 0 { self.rng.usize(..5_000) } else { 0 };
        let data = format!("{}\n{}", self.truth.head() + 1, "x".repeat(size));
        let id = self.hub.publish_now(topic, Event::data(data.clone()));
        if self.truth.ended.contains_key(topic) {
            assert_eq!(id, Err(PublishError::Ended));
            return;
        }
        let id = id.expect("published");
        self.truth.events.push((topic, data));
        assert_eq!(id.as_str(), self.truth.id(self.truth.head()));
    }

    fn end(&mut self) {
        let topic = *self.rng.choice(&TOPICS).expect("not empty");
        let data = self.rng.bool().then(|| format!("{}\nthe last", self.truth.head() + 1));
        let id = self.hub.end_now(topic, data.clone().map(Event::data));
        if self.truth.ended.contains_key(topic) {
            assert_eq!(id, Err(PublishError::Ended));
            return;
        }
        self.truth.events.push(data.map_or(("", String::new()), |data| (topic, data)));
        let last = self.truth.of(&[topic], 0, self.truth.head()).last().unwrap_or(0);
        self.truth.ended.insert(topic, last);
        assert_eq!(id.expect("ends").as_str(), self.truth.id(self.truth.head()));
    }

    /// Lets enough time pass for all ends to be forgotten.
    fn forget(&mut self) {
        self.now += 2 * REMEMBER_ENDS;
        self.hub.tick(self.now);
        self.truth.ended.clear();
    }

    fn principal(&mut self) -> Principal {
        Principal::new(self.rng.u8(..4).to_string()).expect("short")
    }

    /// Ends the streams of some clients, which reconnect.
    fn revoke(&mut self) {
        let principal = self.principal();
        self.hub.revoke_now(&principal).expect("in memory");
        for client in self.clients.iter_mut().filter(|client| client.principal == principal) {
            let subscription = client.connection.subscription.as_mut().expect("it reconnects");
            assert_eq!(crate::read(subscription), (String::new(), true), "nothing more comes");
            client.cut((&self.hub, &self.truth), &mut self.rng.fork());
        }
        self.retire();
    }

    fn trim(&mut self) {
        let topic = *self.rng.choice(&TOPICS).expect("not empty");
        if self.truth.keeps.is_none() {
            let up_to = self.rng.u64(..=self.truth.head() + 1);
            self.hub.trim(topic, Position::new(0, up_to));
        }
    }

    /// Clients that have everything do not reconnect.
    fn retire(&mut self) {
        while let Some(at) = self.clients.iter().position(|client| client.connection.over) {
            self.leave_one(at);
        }
    }

    fn client(&mut self) -> Client {
        let mut topics: Vec<_> = TOPICS.into_iter().filter(|_| self.rng.bool()).collect();
        if topics.is_empty() {
            topics.push("a");
        }
        let count = self.rng.usize(..30);
        let starts = [Start::Live, Start::Earliest, Start::Last(count)];
        let start = *self.rng.choice(&starts).expect("not empty");
        let on_gap = match self.rng.u8(..6) {
            0 => OnGap::Live,
            1 => OnGap::Close,
            _ => OnGap::Oldest,
        };
        let principal = self.principal();
        let policy = Policy { topics: &topics, start, on_gap: &on_gap, principal: &principal };
        let connection = Connection::new((&self.hub, &self.truth), policy, None);
        Client { topics, start, on_gap, principal, connection, began: None, history: Vec::new() }
    }

    fn subscribe(&mut self) {
        let client = self.client();
        self.clients.push(client);
    }

    fn leave(&mut self) {
        if !self.clients.is_empty() {
            let at = self.rng.usize(..self.clients.len());
            self.leave_one(at);
        }
    }

    fn leave_one(&mut self, at: usize) {
        let mut client = self.clients.swap_remove(at);
        client.check(&self.truth);
        self.gaps += client.history.iter().filter(|s| matches!(s, Seen::Gap { .. })).count();
    }

    fn reconnect_with_a_strange_id(&mut self) {
        let Some(at) = self.clients.len().checked_sub(1).map(|last| self.rng.usize(..=last)) else {
            return;
        };
        let future = self.truth.id(self.truth.head() + self.rng.u64(1..50));
        let ids = [future, "other.7".to_owned(), "7".to_owned(), self.truth.epoch.clone()];
        let sent = self.rng.choice(&ids).cloned();
        let client = &mut self.clients[at];
        client.connection = Connection::new((&self.hub, &self.truth), client.policy(), sent);
        // It reads at once: the event arrives in time.
        client.poll(&self.truth);
        self.retire();
    }

    /// Replaces the hub by another; the clients reconnect with their old IDs.
    fn restart(&mut self) {
        while !self.clients.is_empty() {
            self.leave();
        }
        let mut clients: Vec<_> = (0..self.rng.usize(..4)).map(|_| self.client()).collect();
        for client in &mut clients {
            client.poll(&self.truth);
        }
        (self.hub, self.truth) = begin(self.bounds, self.events);
        self.hub.tick(self.now);
        for client in &mut clients {
            let last = client.connection.decoder.last_event_id().to_string();
            let hub = (&self.hub, &self.truth);
            client.connection = Connection::new(hub, client.policy(), Some(last));
        }
        self.clients = clients;
    }

    /// While nothing is published: a stream that is cut anywhere and resumed is the uncut stream.
    fn cut_is_as_uncut(&mut self) {
        let client = self.client();
        if matches!(client.on_gap, OnGap::Close) {
            return;
        }
        let sent = match self.rng.u64(..=self.truth.head() + 1) {
            0 => None,
            at => Some(self.truth.id(at - 1)),
        };
        let connect = |sent| {
            let connection = Connection::new((&self.hub, &self.truth), client.policy(), sent);
            // A client that has everything gets nothing more.
            connection.subscription.map_or(String::new(), |mut it| crate::read(&mut it).0)
        };
        // Topics that a subscription begins take memory, and so may evict events.
        connect(sent.clone());
        let uncut = connect(sent.clone());
        let cut = self.rng.usize(..=uncut.len());
        let whole = uncut[..cut].rfind("\n\n").map_or("", |end| &uncut[..end + 2]);
        let mut decoder = Decoder::resume(&sent.unwrap_or_default());
        decoder.feed(whole.as_bytes());
        decoder.by_ref().for_each(drop);
        let last = Some(decoder.last_event_id().to_string()).filter(|id| !id.is_empty());
        let resumed = connect(last.clone());
        let opening = last.map(|last| crate::opening(&last, true)).unwrap_or_default();
        // The first item may be a gap, which needs no opening event before it.
        let rest = if whole.is_empty() { &resumed } else { after(&resumed, &opening) };
        assert_eq!([whole, rest].concat(), uncut, "cut at {cut}");
    }
}

fn is_opening(event: &Event) -> bool {
    event.event.as_deref() == Some("subscribed")
}

fn after<'a>(text: &'a str, opening: &str) -> &'a str {
    text.strip_prefix(opening).unwrap_or(text)
}

fn begin(bounds: Bounds, events: usize) -> (Hub, Truth) {
    let builder = Hub::builder();
    let (builder, keeps) = match bounds {
        Bounds::None => {
            let all = Retention::default().events(usize::MAX).bytes(usize::MAX);
            (builder.retention(all), Some(usize::MAX))
        }
        Bounds::Events => (builder.retention(Retention::default().events(events)), Some(events)),
        Bounds::All => {
            let age = Duration::from_secs(30);
            let retention = Retention::default().events(events * 5).bytes(4_000).age(age);
            (builder.retention(retention).max_bytes(events * 1_000 + 4_000), None)
        }
    };
    let hub = builder.remember_ends(REMEMBER_ENDS).build();
    let epoch = crate::id(&hub, "").trim_end_matches('.').to_owned();
    (hub, Truth { epoch, events: Vec::new(), ended: BTreeMap::new(), keeps })
}

/// Longer than a run takes by the clock and by the ticks, unless ends are to be forgotten.
const REMEMBER_ENDS: Duration = Duration::from_secs(1_000_000);

#[test]
fn every_client_gets_each_event_once_or_a_gap() {
    const OPERATIONS: u64 = 500;
    let (mut operations, mut published, mut gaps) = (0, 0, 0);
    for bounds in [Bounds::None, Bounds::Events, Bounds::All] {
        for seed in 0..60 {
            println!("seed {seed}, bounds {bounds:?}");
            let mut world = World::new(seed, bounds);

            for _ in 0..OPERATIONS {
                world.operate();
            }
            while !world.clients.is_empty() {
                world.leave();
            }
            assert_eq!(world.hub.stats().subscribers, 0);
            operations += OPERATIONS;
            published += world.truth.head();
            gaps += world.gaps;
        }
    }
    assert!(gaps > 0);
    println!("{operations} operations, {published} events in the last epochs, {gaps} gaps");
}
