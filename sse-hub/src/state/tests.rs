use std::time::Duration;

use super::*;
use crate::{Retention, TopicName, large::LARGE, work::Work};

const LIMITS: StateLimits = StateLimits {
    bytes: usize::MAX,
    topics: usize::MAX,
    remember_ends: Duration::from_secs(3_600),
};

fn append(state: &mut State, at: u64, now: Instant) {
    let waiters = &mut Waiters::default();
    let name = TopicName::new("a").expect("a valid name");
    let topic = state.topic(&name, &mut waiters.work).expect("there is room");
    let position = Position::new(0, at);
    let event = Encoded::Now(|out: &mut Vec<u8>| {
        out.extend_from_slice(format!("id: {position}\n\n").as_bytes());
    });
    state.append(topic, position, now, waiters, event);
}

fn tick(state: &mut State, now: Instant) {
    state.tick(now);
    let waiters = &mut Waiters::default();
    while state.work(waiters) {
        waiters.work.begin();
    }
}

#[test]
fn the_age_of_an_event_counts_from_its_publish_and_not_from_the_last_tick() {
    let age = Duration::from_secs(10);
    let began = Instant::now();
    let retention = Retention::default().age(age);
    let mut state = State::new(Epoch::random(), retention.into(), LIMITS, Source::Here, began);
    let events = |state: &State| state.find("a").map_or(0, |topic| topic.events());
    append(&mut state, 1, began);
    tick(&mut state, began);

    // An event after a pause without ticks.
    let later = began + 10 * age;
    append(&mut state, 2, later);
    tick(&mut state, later);
    assert_eq!(events(&state), 1, "the first is too old, the second is new");
    tick(&mut state, later + age / 2);
    assert_eq!(events(&state), 1);
    tick(&mut state, later + 2 * age);
    assert_eq!(events(&state), 0);
}

#[test]
fn a_large_event_of_a_backend_is_moved_and_not_copied() {
    let now = Instant::now();
    let retention = Retention::default();
    let mut state = State::new(Epoch::random(), retention.into(), LIMITS, Source::Many, now);
    let name = TopicName::new("a").expect("a valid name");
    let waiters = &mut Waiters::default();
    for (at, len, left) in [(1, LARGE, LARGE), (2, LARGE + 1, 0)] {
        let position = Position::new(0, at);
        let mut event = format!("id: {position}\ndata: ").into_bytes();
        event.resize(len - 2, b'x');
        event.extend_from_slice(b"\n\n");
        state.append_entry(position, &name, Some(&mut event), now, waiters);
        assert_eq!(event.len(), left);
    }
    assert_eq!(state.find("a").map(|topic| topic.events()), Some(2));
}

#[test]
fn many_changes_of_a_number_of_subscribers_are_one_notification() {
    let retention = Retention::default();
    let now = Instant::now();
    let mut state = State::new(Epoch::random(), retention.into(), LIMITS, Source::Here, now);
    let mut work = Work::default();
    let mut topic = |name| {
        let name = TopicName::new(name).expect("a valid name");
        state.topic(&name, &mut work).expect("there is room")
    };
    let (watched, other) = (topic("watched"), topic("other"));
    state.topics[watched].waiting.insert(0);
    for _ in 0..3 {
        state.notify_watchers(watched);
        state.notify_watchers(other);
    }
    assert_eq!(state.unnotified, [watched]);
}
