//! A client that does not read for a while.

use std::{collections::HashSet, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use super::{
    compare::{compare, show, with_ids},
    event::Event,
    open::Open,
    outcome::{Outcome, Stop},
    rules::{SLOW_CHANGED, SLOW_LOST, SLOW_REPORTED},
    site::Site,
};
use crate::client::Http1;

/// Publishes some MiB while one client does not read, and compares what it receives later with what another did.
pub(super) async fn check(site: &Site, greeting: Option<&str>) -> Outcome {
    let Some(publish) = &site.options.publish else {
        return Err(Stop::because("use --publish"));
    };
    let mut slow = narrow(site).await?;
    let mut witness = site.open(&site.get()).await?;
    let content = "sse-check ".repeat(CONTENT / 10);
    let (mut seen, mut until) = (Vec::new(), site.deadline());
    for number in 0..EVENTS {
        if Instant::now() > until {
            let reason = format!("only {number} of {EVENTS} events were published: use --timeout");
            return Err(Stop::because(reason));
        }
        let published = publish.pull(&format!("{number} {content}"), site.options.timeout).await;
        published.map_err(|error| Stop::because(format!("--publish failed: {error}")))?;
        seen.extend(witness.events(1, until).await);
    }
    // Some servers drop events only after a while.
    sleep(PAUSE).await;
    until = site.deadline();
    let seen = with_ids(seen, greeting);
    let Some(last) = seen.last() else {
        return Err(Stop::because("no events with IDs came in time"));
    };
    let mut all = Vec::new();
    while !all.contains(last) {
        let new = slow.events(1, until).await;
        if new.is_empty() {
            break;
        }
        all.extend(new);
    }
    Ok(judge(&seen, all, slow.end.is_some(), greeting))
}

fn judge(
    seen: &[Event],
    all: Vec<Event>,
    has_ended: bool,
    greeting: Option<&str>,
) -> Vec<super::Finding> {
    let kinds: HashSet<_> = seen.iter().map(|event| &event.kind).collect();
    let is_other =
        |event: &&Event| event.kind.as_deref() != greeting && !kinds.contains(&event.kind);
    let report = all.iter().find(is_other).map(show);
    let received = with_ids(all, greeting);
    let ids: HashSet<_> = seen.iter().map(|event| &event.id).collect();
    // A stream that ended is resumed with its last ID; the check of resuming covers what follows.
    let last = received.iter().rev().find_map(|event| seen.iter().position(|other| other == event));
    let expected = match (has_ended, last) {
        (true, last) => &seen[..last.map_or(0, |last| last + 1)],
        (false, _) => seen,
    };
    let difference = compare(expected, &received);
    let is_changed = |event: &&Event| {
        kinds.contains(&event.kind) && ids.contains(&event.id) && !seen.contains(event)
    };
    let changed = received.iter().find(is_changed);
    let mut found = Vec::new();
    if let Some(event) = changed.or(difference.doubled.as_ref()) {
        found.push(SLOW_CHANGED.found(show(event)));
    } else if let Some(event) = &difference.lost {
        found.push(match report {
            Some(report) => SLOW_REPORTED.found(report),
            None => SLOW_LOST.found(format!("never {}", show(event))),
        });
    }
    found
}

/// Opens a stream with a small receive buffer.
async fn narrow(site: &Site) -> Result<Open, Stop> {
    if !site.address.is_ipv4() {
        return Err(Stop::because("needs an address of IPv4"));
    }
    let request = site.get();
    let answer = async {
        let http1 = Http1::open_narrow(site.address, BUFFER).await?;
        http1.ask(&request, "1.1").await
    };
    match site.publishing(timeout(site.options.timeout, answer)).await {
        Ok(Ok(Some((head, body)))) => Ok(Open::new(head, body)),
        _ => Err(Stop::because("no response to a client with a small receive buffer")),
    }
}

/// The size of the receive buffer, in bytes.
const BUFFER: u32 = 8 * 1024;

/// The number of events, which together exceed the buffers of the system.
const EVENTS: usize = 400;

/// How long the client still does not read when all are published.
const PAUSE: Duration = Duration::from_millis(500);

/// The size of the content of each, in bytes.
const CONTENT: usize = 16 * 1024;
