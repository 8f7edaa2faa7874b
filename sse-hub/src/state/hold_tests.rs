//! Changes between two holds of the lock, and the length of a hold.

use std::{
    collections::BTreeMap,
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use sse_core::{Decoder, Event, StreamItem};

use super::*;
use crate::{
    Delivery, Hub, MemoryBackend, OnGap, Principal, Retention, Start, Subscription, TopicName,
    backend::Ended,
    shared::{Found, Shared, Slot},
    work::Work,
};

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// One reader of several topics, whose holds of the lock have few steps. Between them, others publish, and events are
/// lost.
struct World {
    shared: Shared<State>,
    slot: Slot,
    cursor: Cursor,
    names: Vec<TopicName>,
    /// The starts of topics that have their own.
    starts: Vec<Option<Start>>,
    delivery: Delivery,
    on_gap: OnGap,
    /// The positions of the events of each topic, in this epoch.
    truth: BTreeMap<usize, Vec<Position>>,
    /// The position up to which the reader has everything of a topic; none before it has begun.
    had: Option<BTreeMap<usize, Position>>,
    last: Position,
    /// The ID of the reader's last event.
    last_id: String,
    now: Instant,
    rng: fastrand::Rng,
    /// Since the last rest, every event that the reader may have missed is numbered.
    numbered: bool,
    missed: u64,
    counted: u64,
    compared: u64,
    gaps: usize,
    backlogs: usize,
    ends: usize,
    holds: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let now = Instant::now();
        let retention = Retention::default().events(rng.usize(2..30)).age(Duration::from_secs(60));
        let remember_ends = Duration::from_secs(rng.u64(20..400));
        let limits = StateLimits { bytes: rng.usize(8_000..30_000), topics: 1_000, remember_ends };
        let source = if rng.bool() { Source::Here } else { Source::Many };
        let state = State::new(Epoch::random(), retention.into(), limits, source, now);
        let epoch = state.epoch.clone();
        let shared = Shared::new(state);
        let slot = shared.change(|_, waiters| waiters.open());
        let cursor = Cursor::new(&slot, epoch);
        let name = |number: usize| TopicName::new(format!("topic {number}")).expect("valid");
        let names: Vec<_> = (0..rng.usize(2..9)).map(name).collect();
        let start = |_| match rng.u8(..5) {
            0 => Some(Start::Live),
            1 => Some(Start::Earliest),
            2 => Some(Start::Last(rng.usize(..20))),
            _ => None,
        };
        let starts =
            if seed.is_multiple_of(3) { names.iter().map(start).collect() } else { Vec::new() };
        let snapshot = OnGap::snapshot(|_| std::future::pending());
        let on_gap = [OnGap::Oldest, OnGap::Live, snapshot];
        Self {
            shared,
            slot,
            cursor,
            names,
            starts,
            delivery: if rng.u8(..4) == 0 { Delivery::Latest } else { Delivery::All },
            on_gap: rng.choice(on_gap).expect("not empty"),
            truth: BTreeMap::new(),
            had: None,
            last: Position::START,
            last_id: String::new(),
            now,
            rng,
            numbered: false,
            missed: 0,
            counted: 0,
            compared: 0,
            gaps: 0,
            backlogs: 0,
            ends: 0,
            holds: 0,
        }
    }

    /// Changes the state between two holds.
    fn disturb(&mut self) {
        for _ in 0..self.rng.usize(..4) {
            let begins = matches!(self.cursor.pending.as_deref(), Some(Pending::Begin(_)));
            match self.rng.u8(..if begins { 6 } else { 60 }) {
                0 => self.now += Duration::from_secs(self.rng.u64(..40)),
                1 => self.shared.change(|state, _| {
                    let lost = Position::new(0, state.head.lower().saturating_sub(3));
                    state.lose_up_to(lost);
                }),
                // More often while the reader searches for its start after a new epoch.
                2 if begins || self.rng.u8(..4) == 0 => {
                    self.shared
                        .change(|state, waiters| state.begin_epoch(Epoch::random(), waiters));
                    self.truth.clear();
                }
                3..6 => self.shared.change(|state, _| state.tick(self.now)),
                6..8 => self.end(),
                8 => self.trim(),
                _ => self.publish(),
            }
            // Some steps of the remaining work.
            let few = self.rng.usize(1..200);
            self.shared.change(|state, waiters| {
                waiters.work.spend(Work::STEPS - few);
                state.work(waiters)
            });
        }
    }

    fn publish(&mut self) {
        // Topics that the reader does not follow, too.
        let number = self.rng.usize(..self.names.len() + 2);
        let name = TopicName::new(format!("topic {number}")).expect("valid");
        let size = if self.rng.u8(..20) == 0 { 5_000 } else { self.rng.usize(..100) };
        let position = self.shared.change(|state, waiters| {
            let topic = state.open_topic(&name, self.now, &mut waiters.work).ok()?;
            let position = state.head.next();
            let event = Event::data("x".repeat(size)).id(state.epoch.id(position));
            let event = Encoded::Now(|out: &mut Vec<u8>| event.encode_into(out));
            state.append(topic, position, self.now, waiters, event);
            Some(position)
        });
        // It has ended.
        let Some(position) = position else { return };
        self.truth.entry(number).or_default().push(position);
    }

    fn end(&mut self) {
        let number = self.rng.usize(..self.names.len() + 2);
        let name = TopicName::new(format!("topic {number}")).expect("valid");
        let has_event = self.rng.bool();
        let position = self.shared.change(|state, waiters| {
            let topic = state.open_topic(&name, self.now, &mut waiters.work).ok()?;
            let position = state.head.next();
            if has_event {
                let event = Event::data("the last").id(state.epoch.id(position));
                let event = Encoded::Now(|out: &mut Vec<u8>| event.encode_into(out));
                state.append(topic, position, self.now, waiters, event);
            }
            state.end(&name, position, has_event, self.now, waiters);
            Some(position)
        });
        if let Some(position) = position.filter(|_| has_event) {
            self.truth.entry(number).or_default().push(position);
        }
    }

    fn trim(&mut self) {
        let name = format!("topic {}", self.rng.usize(..self.names.len()));
        let before = self.rng.u64(..10);
        self.shared.change(|state, waiters| {
            let up_to = Position::new(0, state.head.lower().saturating_sub(before));
            waiters.work.spend(Work::STEPS - 4);
            while state.trim(&name, up_to, &mut waiters.work) {
                waiters.work.begin();
            }
        });
    }

    /// Whether all of the reader's topics have ended.
    fn is_over(&self) -> bool {
        let ended = |name: &TopicName| {
            self.shared.look(|state| state.find(name).is_some_and(|topic| topic.ended.is_some()))
        };
        self.cursor.epoch == self.shared.look(|state| state.epoch.clone())
            && self.names.iter().all(ended)
    }

    /// Runs one hold of the reader with few steps; returns whether it now waits.
    fn poll(&mut self) -> bool {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let few = if self.rng.bool() { self.rng.usize(..40) } else { Work::STEPS };
        let begun = self.had.is_some();
        let (cursor, names, starts) = (&mut self.cursor, &self.names, &mut self.starts);
        let (delivery, on_gap) = (self.delivery, &self.on_gap);
        let mut began = None;
        let start = if self.holds.is_multiple_of(2) { Start::Earliest } else { Start::Last(7) };
        let polled = self.shared.poll(&mut self.slot, &waker, |state, waiters| {
            waiters.work.spend(Work::STEPS - few);
            if begun {
                let found = state.read(cursor, delivery, on_gap, 2_000, waiters);
                return found.map(Some);
            }
            let reserved = &mut 0;
            let counted = delivery == Delivery::All && !matches!(on_gap, OnGap::Snapshot(_));
            let join =
                Join { names, reserved, last_event_id: None, start, starts, on_gap, counted };
            match state.join(cursor, join, waiters) {
                // As a subscription does, it reads in the same hold.
                Some(Joined(None)) => {
                    let topics = (0..names.len()).map(|topic| (topic, cursor.after(topic)));
                    began = Some((cursor.position, topics.collect()));
                    let next = state.read(cursor, delivery, on_gap, 2_000, waiters);
                    Found::More(match next {
                        Found::Last(next) | Found::More(next) => Some(next),
                        Found::Nothing | Found::Undecided => None,
                    })
                }
                Some(Joined(Some(gap))) => panic!("{gap:?}"),
                None => Found::Undecided,
            }
        });
        self.holds += 1;
        if let Some((position, topics)) = began {
            self.begin_at(position);
            self.had = Some(topics);
        }
        match polled {
            Poll::Ready(None) => {}
            Poll::Ready(Some(Next::Events(slices))) => {
                self.got(slices);
                assert_eq!(self.cursor.position, self.last);
            }
            Poll::Ready(Some(Next::Backlog(slices, id))) => {
                self.backlogs += 1;
                self.got(slices);
                // Within a backlog, the client has no ID to resume from.
                self.last_id = id.as_ref().map_or_else(String::new, EventId::to_string);
                if id.is_some() {
                    assert!(self.cursor.position >= self.last);
                    self.last = self.cursor.position;
                }
            }
            Poll::Ready(Some(Next::Gap(gap))) => self.gap(gap),
            Poll::Ready(Some(Next::End)) => {
                assert!(self.is_over(), "neither has the hub drained nor have all topics ended");
                self.is_at_rest();
                self.ends += 1;
                return true;
            }
            Poll::Pending if woken.0.load(SeqCst) => {}
            Poll::Pending => {
                assert!(!self.is_over(), "all topics have ended");
                return true;
            }
        }
        false
    }

    fn begin_at(&mut self, position: Position) {
        self.had = Some((0..self.names.len()).map(|topic| (topic, position)).collect());
        self.last = position;
        let id = self.cursor.id().map(|_| self.cursor.epoch.id(position).to_string());
        self.last_id = id.unwrap_or_default();
    }

    fn got(&mut self, slices: Slices) {
        let mut decoder = Decoder::new();
        slices.into_iter().for_each(|slice| decoder.feed_bytes(slice.bytes));
        let had = self.had.as_mut().expect("it has begun");
        for item in decoder {
            let Ok(StreamItem::Event(event)) = item else { panic!("{item:?}") };
            let id = event.id.expect("an ID");
            let position = self.cursor.epoch.position(&id).expect("of this epoch");
            assert!(position > self.last, "{position} after {}", self.last);
            self.last = position;
            let of = |(_, all): &(&usize, &Vec<Position>)| all.contains(&position);
            let (topic, all) = self.truth.iter().find(of).expect("it was published");
            let had = had.get_mut(topic).expect("a topic of the reader's");
            if self.delivery == Delivery::All {
                let next = all.iter().find(|position| **position > *had);
                assert_eq!(next, Some(&position), "after {had}");
            }
            *had = position;
        }
        self.last_id = self.cursor.epoch.id(self.last).to_string();
    }

    fn gap(&mut self, gap: Gap) {
        self.gaps += 1;
        self.count_missed(&gap);
        if gap.reason == GapReason::Foreign {
            self.numbered = false;
            assert_eq!(gap.topics.len(), self.names.len(), "all have lost everything");
            assert_eq!(gap.requested, self.last_id, "what the client asked for, not a later epoch");
            // The snapshot reflects the current position.
            self.begin_at(gap.resumed_at.max(self.cursor.position));
            self.cursor.position = self.last;
            return;
        }
        assert_eq!(gap.reason, GapReason::Trimmed);
        assert!(gap.resumed_at > self.last || matches!(self.on_gap, OnGap::Snapshot(_)));
        for name in &gap.topics {
            let number = name.as_str()["topic ".len()..].parse().expect("a number");
            let had = self
                .had
                .as_mut()
                .expect("begun")
                .get_mut(&number)
                .expect("a topic of the reader's");
            *had = (*had).max(gap.resumed_at);
        }
        self.last = self.last.max(gap.resumed_at);
        if matches!(self.on_gap, OnGap::Oldest) {
            self.last = self.last.max(self.cursor.position);
        }
        // The snapshot reflects everything up to the gap's end.
        self.cursor.position = self.last;
        self.last_id = self.cursor.id().map_or_else(String::new, |id| id.to_string());
        self.cursor.pending = None;
    }

    /// Adds up the missed events: those that were published and not received, and those that the gap counts. It may
    /// count some that the next gap reports, if they are evicted between two holds.
    fn count_missed(&mut self, gap: &Gap) {
        for (number, had) in self.had.iter().flatten() {
            let named = gap.topics.iter().any(|name| *name == self.names[*number]);
            let all = self.truth.get(number).into_iter().flatten();
            let between = all.filter(|at| named && *at > had && **at <= gap.resumed_at);
            self.missed += between.count() as u64;
        }
        self.counted += gap.missed;
    }

    /// Compares the two counts since the last rest, unless some missed events were not numbered.
    fn compare_missed(&mut self) {
        let counts = self.delivery == Delivery::All && !matches!(self.on_gap, OnGap::Snapshot(_));
        if !counts || cfg!(not(feature = "metrics")) {
            assert_eq!(self.counted, 0);
        } else if mem::replace(&mut self.numbered, true) {
            assert_eq!(self.counted, self.missed);
            self.compared += self.missed;
        }
        (self.counted, self.missed) = (0, 0);
    }

    fn is_at_rest(&self) {
        for (topic, had) in self.had.iter().flatten() {
            let missed = self.truth.get(topic).and_then(|all| all.iter().find(|it| *it > had));
            assert!(missed.is_none(), "topic {topic} has {missed:?} after {had}");
        }
    }
}

#[test]
fn events_published_or_lost_between_two_holds_are_delivered_or_a_gap() {
    let (mut gaps, mut missed, mut backlogs, mut ends, mut holds) = (0, 0, 0, 0, 0);
    for seed in 0..400 {
        println!("seed {seed}");
        let mut world = World::new(seed);
        for _ in 0..300 {
            world.disturb();
            if world.poll() {
                world.is_at_rest();
                world.compare_missed();
            }
        }
        let waits = (0..10_000).any(|_| world.poll());
        assert!(waits, "a reader that is left alone comes to rest");
        world.is_at_rest();
        world.compare_missed();
        (gaps, holds) = (gaps + world.gaps, holds + world.holds);
        ends += world.ends;
        missed += world.compared;
        backlogs += world.backlogs;
    }
    println!("{holds} holds, {gaps} gaps, {backlogs} reads of a backlog, {ends} ends");
    println!("{missed} missed events");
    assert!(missed > 0 || cfg!(not(feature = "metrics")));
    assert!(gaps > 0 && backlogs > 0 && ends > 0);
}

fn poll(stream: &mut (impl Stream + Unpin)) -> bool {
    Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Waits for the next event; returns whether the wait was woken.
fn wait(subscription: &mut Subscription) -> Arc<Woken> {
    read(subscription);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let polled = Pin::new(subscription).poll_next(&mut Context::from_waker(&waker));
    assert!(polled.is_pending() && !woken.0.load(SeqCst));
    woken
}

/// Polls as an executor does; returns whether it has to poll again.
fn is_polled_again(subscription: &mut Subscription) -> bool {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let polled = Pin::new(subscription).poll_next(&mut Context::from_waker(&waker));
    polled.is_ready() || woken.0.load(SeqCst)
}

/// Reads until there is nothing more.
fn read(subscription: &mut Subscription) {
    let rests = (0..1_000_000).any(|_| !is_polled_again(subscription));
    assert!(rests, "there is no end to it");
}

/// The most steps by which a hold may exceed the limit: it finishes the last thing that it begins.
const LAST: usize = 2 * Work::TOPIC;

#[tokio::test]
async fn no_hold_of_the_lock_takes_more_steps_than_the_limit() {
    const MANY: usize = 5_000;
    let age = Duration::from_secs(1_000);
    let retention = Retention::default().age(age);
    let builder = Hub::builder().max_topics_per_subscriber(MANY).retention(retention);
    let hub = builder.max_bytes(12_000_000).max_event_bytes(12_000_000).build();
    let publish = |topic: &str, size| {
        hub.publish_now(topic, Event::data("x".repeat(size))).expect("published");
    };
    let names: Vec<_> = (0..MANY).map(|number| format!("topic {number}")).collect();
    let mut steps = Vec::new();
    let mut check = |what: &str| {
        let most = hub.0.shared.most_steps();
        steps.push((what.to_owned(), most));
        assert!(most <= Work::STEPS + LAST, "{what}: {most} steps");
    };

    names.iter().for_each(|name| publish(name, 10));
    check("topics");
    (0..3 * MANY).for_each(|number| publish(&names[number % 64], number % 300));
    check("publish");
    let mut all = hub.subscribe(names.clone()).expect("within the limits").start(Start::Earliest);
    read(&mut all);
    check("a resume of all topics");
    for start in [Start::Last(1), Start::Last(20_000), Start::Live] {
        let mut last = hub.subscribe(names.clone()).expect("within the limits").start(start);
        read(&mut last);
        check(&format!("{start:?}"));
    }
    let mut own = hub.subscribe(names.clone()).expect("within the limits");
    for name in &names[..50] {
        own = own.start_of(name, Start::Last(100)).start_of(&format!("{name}0"), Start::Earliest);
    }
    read(&mut own);
    check("topics with starts of their own");
    drop(own);
    names.iter().for_each(|name| publish(name, 10));
    read(&mut all);
    assert_eq!(all.lag(), 0);
    check("all topics have one more");
    let mut latest = hub.subscribe(names.clone()).expect("within the limits");
    latest = latest.delivery(Delivery::Latest).start(Start::Earliest);
    read(&mut latest);
    check("the latest of all topics");
    let mut crowd: Vec<_> = (0..MANY).map(|_| hub.subscribe("crowd").expect("admitted")).collect();
    let mut watchers: Vec<_> = (0..MANY)
        .map(|_| hub.subscriber_count("crowd").expect("room").every(Duration::ZERO))
        .collect();
    for _ in 0..2 {
        crowd.iter_mut().for_each(read);
        watchers.iter_mut().for_each(|watcher| while poll(watcher) {});
        publish("crowd", 10);
        crowd.pop();
        check("a crowd");
    }
    publish("crowd", 1_000_000);
    publish("small", 11_000_000);
    check("a large event evicts all others");
    names.iter().for_each(|name| publish(name, 10));
    hub.tick(Instant::now() + 2 * age);
    check("all are too old");
    names.iter().for_each(|name| publish(name, 10));
    hub.0.change(|state, _| state.lose_up_to(state.head));
    check("all are lost");
    names.iter().for_each(|name| publish(name, 10));
    hub.0.change(|state, waiters| state.begin_epoch(Epoch::random(), waiters));
    read(&mut all);
    check("another epoch");
    drop(all);
    check("a reader of all topics leaves");
    let waiting: Vec<_> = crowd.iter_mut().map(wait).collect();
    hub.drain();
    check("drain");
    assert!(waiting.iter().all(|woken| woken.0.load(SeqCst)), "a drain wakes all who wait");
    drop((crowd, watchers, latest));
    assert_eq!(hub.stats().topics, 0);
    check("all leave");
    for (what, most) in steps {
        println!("{most:>5} steps at most until: {what}");
    }
}

#[test]
fn many_topics_that_end_take_bounded_holds() {
    const MANY: usize = 3_000;
    let names: Vec<_> = (0..MANY).map(|number| format!("topic {number}")).collect();
    let time = Duration::from_secs(100);
    let builder = Hub::builder().max_topics_per_subscriber(MANY).remember_ends(time);
    let hub = builder.max_bytes(8_000_000).build();
    let mut all = hub.subscribe(&names).expect("within the limits");
    read(&mut all);
    let mut few = hub.subscribe(&names[..8]).expect("within the limits");
    let waiting = wait(&mut few);
    for name in &names {
        hub.end_now(name, Event::data("x")).expect("ends");
    }
    assert!(waiting.0.load(SeqCst));
    for subscription in [&mut all, &mut few] {
        let context = &mut Context::from_waker(Waker::noop());
        let ends = |_| Pin::new(&mut *subscription).poll_next(context) == Poll::Ready(None);
        assert!((0..1_000_000).any(ends), "there is no end to it");
    }
    let last = hub.0.shared.look(|state| state.epoch.id(state.head));
    assert_eq!(hub.subscribe_from(&names, last).err(), Some(crate::SubscribeError::Ended));
    names.iter().for_each(|name| hub.trim(name, hub.position()));
    assert_eq!((hub.stats().topics, hub.stats().log_bytes), (0, 0));
    hub.tick(Instant::now() + 2 * time);
    assert!(hub.0.shared.look(|state| state.ends.is_empty()), "all are forgotten");
    let ended = names.iter().map(|name| crate::backend::Ended {
        topic: TopicName::new(name.clone()).expect("valid"),
        position: Position::new(0, 7),
    });
    let ended: Vec<_> = ended.collect();
    for ended in ended.chunks(Work::STEPS / Work::TOPIC) {
        hub.0.change(|state, waiters| state.note_ended(ended, waiters));
    }
    hub.0.change(|state, waiters| state.begin_epoch(Epoch::random(), waiters));
    assert!(hub.publish_now(&names[0], Event::data("x")).is_ok());
    let most = hub.0.shared.most_steps();
    assert!(most <= Work::STEPS + LAST, "{most} steps");
}

#[test]
fn a_revocation_of_many_takes_bounded_holds() {
    const MANY: usize = 100_000;
    let hub = Hub::new();
    let principal = Principal::new("ada").expect("short");
    let subscribe = |_| hub.subscribe("a").expect("admitted").principal(&principal);
    let mut crowd: Vec<_> = (0..MANY).map(subscribe).collect();
    let waiting: Vec<_> = crowd.iter_mut().map(wait).collect();
    hub.revoke_now(&principal).expect("in memory");
    assert!(waiting.iter().all(|woken| woken.0.load(SeqCst)));
    let mut again = hub.subscribe("a").expect("admitted").principal(&principal);
    for subscription in &mut crowd {
        let context = &mut Context::from_waker(Waker::noop());
        assert_eq!(Pin::new(subscription).poll_next(context), Poll::Ready(None));
    }
    let woken = wait(&mut again);
    hub.0.change(|state, _| state.lose_up_to(state.head.next()));
    assert!(woken.0.load(SeqCst));
    let most = hub.0.shared.most_steps();
    assert!(most <= Work::STEPS + LAST, "{most} steps");
}

#[test]
fn topics_that_fill_a_hold_by_joining_are_read_like_any_others() {
    for topics in 1..=80 {
        let hub = Hub::builder().max_topics_per_subscriber(topics).build();
        let names: Vec<_> = (0..topics).map(|number| format!("topic {number}")).collect();
        for name in &names {
            hub.publish_now(name, Event::data("before")).expect("published");
        }
        let mut subscription = hub.subscribe(&names).expect("within the limits");
        for polls in 0..4 {
            (0..polls).for_each(|_| _ = poll(&mut subscription));
            hub.publish_now(&names[0], Event::data("next")).expect("published");
            read(&mut subscription);
            assert_eq!(subscription.lag(), 0, "{topics} topics, published after {polls} polls");
        }
    }
}

#[test]
fn room_for_many_topics_is_made_in_several_holds() {
    const MANY: usize = 1_000;
    let hub = Hub::builder().max_topics(MANY).max_topics_per_subscriber(MANY).build();
    for number in 0..MANY {
        let name = format!("old {number}");
        hub.publish_now(&name, Event::data("x")).expect("published");
    }
    let names: Vec<_> = (0..MANY).map(|number| format!("new {number}")).collect();
    let mut subscription = hub.subscribe(names).expect("the old ones are evicted");
    read(&mut subscription);
    assert_eq!(hub.stats().topics, MANY);
    let most = hub.0.shared.most_steps();
    assert!(most <= Work::STEPS + LAST, "{most} steps");
}

#[test]
fn a_waker_that_panics_does_not_prevent_the_wake_ups_of_a_large_audience() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    let hub = Hub::new();
    let subscribe = |_| hub.subscribe("a").expect("within the limits");
    let mut crowd: Vec<_> = (0..3 * Work::STEPS).map(subscribe).collect();
    crowd.iter_mut().for_each(read);
    let panics = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut crowd[0]).poll_next(&mut Context::from_waker(&panics)).is_pending());
    let waiting: Vec<_> = crowd[1..].iter_mut().map(wait).collect();
    let drained = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hub.drain()));
    assert!(drained.is_err(), "the panic is not hidden");
    assert!(waiting.iter().all(|woken| woken.0.load(SeqCst)));
}

#[tokio::test]
async fn an_end_that_is_noted_after_its_gap_was_read_wakes_the_reader() {
    let hub = Hub::builder().open(MemoryBackend::new(10)).await.expect("opens");
    let mut background = hub.background();
    let mut fill = || assert_eq!((&mut background).now_or_never(), None);
    let mut subscription = hub.subscribe("a").expect("within the limits");
    read(&mut subscription);
    let position = Position::new(0, 5);
    hub.0.change(|state, _| state.lose_up_to(position));
    fill();
    let woken = wait(&mut subscription);
    let ended = Ended { topic: TopicName::new("a").expect("a valid name"), position };
    hub.0.change(|state, waiters| state.note_ended(&[ended], waiters));
    fill();
    assert!(woken.0.load(SeqCst));
    assert_eq!(subscription.next().now_or_never().map(|ended| ended.is_none()), Some(true));
}

#[test]
fn a_merge_searches_each_topic_once() {
    let hub = Hub::builder().retention(Retention::default().events(10_000)).build();
    let names: Vec<_> = (0..8).map(|number| format!("topic {number}")).collect();
    for number in 0..4_000 {
        hub.publish_now(&names[number % 8], Event::data("x")).expect("published");
    }
    let mut all = hub.subscribe(names).expect("within the limits").start(Start::Earliest);
    let polls = (1..).find(|_| !is_polled_again(&mut all)).expect("it comes to rest");
    let most = 16 * 4_000 / Work::STEPS;
    assert!(polls < most, "{polls} holds of {} steps for 4,000 events", Work::STEPS);
}

#[test]
fn a_reader_of_many_topics_comes_to_rest_while_others_are_published() {
    let hub = Hub::builder().max_topics_per_subscriber(usize::MAX).build();
    let names: Vec<_> = (0..4 * Work::STEPS).map(|number| format!("topic {number}")).collect();
    let mut many = hub.subscribe(names).expect("within the limits");
    let rests = (0..1_000).any(|_| {
        hub.publish_now("another", Event::data("x")).expect("published");
        !is_polled_again(&mut many)
    });
    assert!(rests);
}
