//! A client that reconnects again and again while events flow.

use std::{collections::HashSet, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    compare::{compare, show, with_ids},
    event::Event,
    open::Open,
    outcome::{Outcome, Stop},
    rules::{RACE_DOUBLED, RACE_LOST},
    site::Site,
};

/// Compares what a client receives over many connections with what another receives over one.
pub(super) async fn check(site: &Site, events: &[Event], greeting: Option<&str>) -> Outcome {
    let first = with_ids(events.to_vec(), greeting);
    if first.len() < 2 {
        return Err(Stop::because("few events with IDs came in time: use --publish"));
    }
    let mut witness = site.open(&site.get()).await?;
    let until = Instant::now() + DURATION.min(site.options.timeout);
    let (hopped, seen) = {
        let both = async { tokio::join!(hop(site, greeting, until), all(&mut witness, until)) };
        site.publishing(both).await
    };
    let hopped = hopped?;
    let (Some(begin), Some(end)) = (hopped.first(), hopped.last()) else {
        return Err(Stop::because("no events came while it reconnected: use --publish"));
    };
    let mut seen = with_ids(seen, greeting);
    if !seen.contains(end) {
        let rest = site.publishing(until_event(&mut witness, end, site.deadline())).await;
        seen.extend(with_ids(rest, None));
    }
    judge(&seen, &hopped, begin, end)
}

fn judge(seen: &[Event], hopped: &[Event], begin: &Event, end: &Event) -> Outcome {
    let place = |event: &Event| seen.iter().position(|other| other == event);
    let (Some(begin), Some(end)) = (place(begin), place(end)) else {
        return Err(Stop::because("two connections at the same time receive different events"));
    };
    let difference = compare(seen.get(begin..=end).unwrap_or_default(), hopped);
    let mut found = Vec::new();
    if let Some(event) = &difference.lost {
        found.push(RACE_LOST.found(format!("never {}", show(event))));
    }
    if let Some(event) = &difference.doubled {
        found.push(RACE_DOUBLED.found(format!("twice {}", show(event))));
    }
    Ok(found)
}

/// Reconnects after a few events, and sometimes misses some of them.
async fn hop(site: &Site, greeting: Option<&str>, until: Instant) -> Result<Vec<Event>, Stop> {
    let mut events: Vec<Event> = Vec::new();
    for number in 0..CONNECTIONS {
        if number % 2 == 1 {
            sleep(PAUSE).await;
        }
        let mut request = site.get();
        if let Some(id) = events.last().and_then(|event| event.id.as_ref()) {
            request = request.header("last-event-id", id);
        }
        let mut open = site.open(&request).await?;
        let mut new = Vec::new();
        while new.len() < EACH {
            let some = open.events(1, until).await;
            if some.is_empty() {
                break;
            }
            new.extend(some);
            new = with_ids(new, greeting);
        }
        events.extend(new);
        if Instant::now() >= until {
            break;
        }
    }
    Ok(events)
}

async fn all(open: &mut Open, until: Instant) -> Vec<Event> {
    open.events(usize::MAX, until).await
}

async fn until_event(open: &mut Open, last: &Event, until: Instant) -> Vec<Event> {
    let mut events = Vec::new();
    let mut known = HashSet::new();
    while !known.contains(last) {
        let new = open.events(1, until).await;
        if new.is_empty() {
            break;
        }
        known.extend(new.iter().cloned());
        events.extend(new);
    }
    events
}

/// How long it reconnects.
const DURATION: Duration = Duration::from_secs(3);

/// A pause in which events are published, before each second connection.
const PAUSE: Duration = Duration::from_millis(50);

/// The number of connections at most.
const CONNECTIONS: usize = 20;

/// The number of events of a connection: more than are published in a pause.
const EACH: usize = 5;
