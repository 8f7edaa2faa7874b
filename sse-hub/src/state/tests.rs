use std::time::Duration;

use super::*;

fn append(state: &mut State, at: u64, now: Instant) {
    let topic = state.topic(&TopicName::new("a").expect("a valid name"));
    state.append(topic, Position::new(0, at), now, &mut Waiters::default(), |epoch, out| {
        out.extend_from_slice(format!("id: {}\n\n", epoch.id(Position::new(0, at))).as_bytes());
    });
}

#[test]
fn the_age_of_an_event_counts_from_its_publish_and_not_from_the_last_tick() {
    let age = Duration::from_secs(10);
    let began = Instant::now();
    let retention = Retention::default().age(age);
    let mut state = State::new(Epoch::random(), retention, usize::MAX, began);
    let events = |state: &State| state.find("a").map_or(0, |topic| topic.log.events());
    append(&mut state, 1, began);
    state.tick(began);

    // A pause without ticks, and an event after it.
    let later = began + 10 * age;
    append(&mut state, 2, later);
    state.tick(later);
    assert_eq!(events(&state), 1, "the first is too old, the second is new");
    state.tick(later + age / 2);
    assert_eq!(events(&state), 1);
    state.tick(later + 2 * age);
    assert_eq!(events(&state), 0);
}
