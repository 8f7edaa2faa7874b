//! IDs, and what a client receives that reconnects with one.

use std::collections::HashSet;

use super::{
    compare::{compare, show, with_ids},
    event::Event,
    outcome::{Outcome, Stop},
    rules::{
        DECREASING_ID, NO_IDS, REPEATED_ID, RESUME_LOST, RESUME_ORDER, RESUME_REPEATED, UNKNOWN_ID,
    },
    site::Site,
};

/// Checks the IDs of the first stream.
pub(super) fn check_ids(events: &[Event]) -> Outcome {
    if events.is_empty() {
        return Err(no_events());
    }
    let ids: Vec<&str> = events.iter().filter_map(|event| event.id.as_deref()).collect();
    if ids.is_empty() {
        return Ok(vec![NO_IDS.found(show(&events[0]))]);
    }
    let mut found = Vec::new();
    let mut known = HashSet::new();
    if let Some(id) = ids.iter().find(|id| !known.insert(**id)) {
        found.push(REPEATED_ID.found(format!("id: {id}, twice")));
    }
    let numbers: Option<Vec<u128>> = ids.iter().map(|id| id.parse().ok()).collect();
    if let Some(pair) = numbers.iter().flat_map(|all| all.windows(2)).find(|pair| pair[0] > pair[1])
    {
        found.push(DECREASING_ID.found(format!("id: {}, then id: {}", pair[0], pair[1])));
    }
    Ok(found)
}

/// Reconnects with several of the received IDs, and with an unknown one.
pub(super) async fn check(site: &Site, events: &[Event], greeting: Option<&str>) -> Outcome {
    let events = with_ids(events.to_vec(), greeting);
    if events.len() < 2 {
        return Err(match events.len() {
            0 => Stop::because("no events with IDs came in time: use --publish or --timeout"),
            _ => Stop::because("only one event with an ID came in time: use --publish"),
        });
    }
    let mut places = vec![0, (events.len() - 1) / 2, events.len() - 2];
    places.dedup();
    for place in places {
        let found = check_place(site, &events, place, greeting).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let unknown = site.get().header("last-event-id", UNKNOWN);
    let open = site.open(&unknown).await?;
    match open.head.status {
        200 | 204 => Ok(Vec::new()),
        status => {
            Ok(vec![UNKNOWN_ID.found(format!("Last-Event-ID: {UNKNOWN} is answered by {status}"))])
        }
    }
}

async fn check_place(
    site: &Site,
    events: &[Event],
    place: usize,
    greeting: Option<&str>,
) -> Outcome {
    let (before, expected) = events.split_at(place + 1);
    let id = before[place].id.as_deref().unwrap_or_default();
    let last = &expected[expected.len() - 1];
    let (open, seen) = site.resume(id, site.deadline(), |event| event == last).await?;
    let seen = with_ids(seen, greeting);
    let after = |what: &str, event: &Event| format!("Last-Event-ID: {id}; {what} {}", show(event));
    let status = open.head.status;
    let difference = compare(expected, &seen);
    let mut found = Vec::new();
    if let Some(event) =
        seen.iter().find(|event| before.contains(event)).or(difference.doubled.as_ref())
    {
        found.push(RESUME_REPEATED.found(after("again", event)));
    }
    if let Some(event) = &difference.lost {
        found.push(RESUME_LOST.found(match status {
            200 => after("never", event),
            status => format!("Last-Event-ID: {id} is answered by {status}"),
        }));
    }
    if let Some(event) = &difference.misplaced {
        found.push(RESUME_ORDER.found(after("too early", event)));
    }
    Ok(found)
}

/// Why a check that needs events did not run.
pub(super) fn no_events() -> Stop {
    Stop::because("no events came in time: use --publish or --timeout")
}

/// An ID that no server has sent.
const UNKNOWN: &str = "sse-check-unknown";
