//! Compares the events of two streams.

use std::collections::HashSet;

use super::event::Event;

/// How the events of one stream differ from those of another.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// The first expected event that is missing.
    pub(super) lost: Option<Event>,
    /// The first event that came twice.
    pub(super) doubled: Option<Event>,
    /// The first event that came too early.
    pub(super) misplaced: Option<Event>,
}

/// Compares events with those that are expected. Other events may come between them.
pub(super) fn compare(expected: &[Event], seen: &[Event]) -> Difference {
    let mut rest = HashSet::new();
    let doubled = seen.iter().find(|event| event.id.is_some() && !rest.insert(*event)).cloned();
    let all: HashSet<_> = seen.iter().collect();
    let lost = expected.iter().find(|event| !all.contains(event)).cloned();
    let known: HashSet<_> = expected.iter().collect();
    let mut met = HashSet::new();
    let order = seen.iter().filter(|event| known.contains(event) && met.insert(*event));
    let expected_order = expected.iter().filter(|event| all.contains(event));
    let misplaced =
        order.zip(expected_order).find(|(seen, expected)| seen != expected).map(|(seen, _)| seen);
    Difference { lost, doubled, misplaced: misplaced.cloned() }
}

/// The type of the event that each stream begins with, if the server sends such a greeting: it is no event of the
/// application, and its ID may be that of the request.
pub(super) fn greeting(events: &[Event]) -> Option<String> {
    let kind = events.first()?.kind.clone()?;
    let is_unique = events.iter().filter(|event| event.kind.as_ref() == Some(&kind)).count() == 1;
    (is_unique && events.len() > 1).then_some(kind)
}

/// The events with an ID, without the greeting.
pub(super) fn with_ids(mut events: Vec<Event>, greeting: Option<&str>) -> Vec<Event> {
    if greeting.is_some() && events.first().and_then(|event| event.kind.as_deref()) == greeting {
        events.remove(0);
    }
    events.retain(|event| event.id.as_ref().is_some_and(|id| !id.is_empty()));
    events
}

/// An event as a finding shows it.
pub(super) fn show(event: &Event) -> String {
    let Event { id, kind, data } = event;
    let data: String = data.chars().take(60).collect();
    let kind = kind.as_ref().map_or_else(String::new, |kind| format!("event: {kind}, "));
    format!("{kind}id: {}, data: {data}", id.as_deref().unwrap_or_default())
}
