//! Many clients that reconnect at once, each behind by many events, while events are published.

use std::{
    io,
    time::{Duration, Instant},
};

use super::{Figure, Scale};
use crate::{
    Contestant, Session,
    servers::{Command, Options, Shape},
};

pub(super) const FIGURES: &[Figure] = &[
    Figure("publish p99, ms", 3),
    Figure("publish p50, ms", 3),
    Figure("publish longest, ms", 2),
    Figure("after the last connect until all have caught up, ms", 1),
    Figure("events, 1,000", 0),
    Figure("lost", 0),
    Figure("duplicates", 0),
    Figure("server busy, %", 0),
    Figure("client busy, %", 0),
];

pub(super) fn run(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    const TOPICS_EACH: u64 = 8;
    const BEHIND: u64 = 500;
    const PER_SECOND: u64 = 1_000;
    let clients = scale.clients.unwrap_or_else(|| scale.pick(200, 1_000));
    let topics = (clients * TOPICS_EACH / FOLLOWERS).max(TOPICS_EACH);
    let kept = BEHIND.div_ceil(TOPICS_EACH);
    let published = (PER_SECOND * scale.pick(2, 4)).div_ceil(topics);
    let shape = Shape::line(256);

    let mut session = Session::start(&scale.exe, contestant, Options::default())?;
    session.fill(topics, topics * kept, shape)?;
    let mut caught_up = Duration::ZERO;
    let measured = session.measure(|session| {
        session.tell(Command::Feed(PER_SECOND, topics * published, shape))?;
        let paths = (0..clients as usize).map(|client| format!("/resume/{client}/{TOPICS_EACH}"));
        session.client.open_over(Duration::from_secs(1), kept * TOPICS_EACH, paths)?;
        let connected = Instant::now();
        session.client.until("all clients to catch up", |counts| counts.caught_up == clients)?;
        caught_up = connected.elapsed();
        session.client.until_events(clients * TOPICS_EACH * (kept + published))?;
        // A duplicate would arrive now.
        session.client.until_quiet(Duration::from_millis(50))
    })?;
    measured.expect_all(clients * TOPICS_EACH * (kept + published))?;
    let [p50, p99, _, longest] = session.answer("fed")?[..] else {
        return Err(io::Error::other("the server did not answer with four times"));
    };
    let millis = |nanos: u64| nanos as f64 / 1e6;
    Ok(vec![
        millis(p99),
        millis(p50),
        millis(longest),
        caught_up.as_secs_f64() * 1e3,
        measured.counts.events as f64 / 1e3,
        measured.counts.lost as f64,
        measured.counts.duplicates as f64,
        measured.server_busy(),
        measured.client_busy(),
    ])
}

/// The number of clients that follow each topic. Each published event thus causes 50 deliveries for any
/// number of clients, which is as many as one core can send in addition to the wave.
const FOLLOWERS: u64 = 50;
