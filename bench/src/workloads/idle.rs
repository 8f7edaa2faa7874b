//! The cost of a connection that is idle, or has little traffic.

use std::{io, time::Duration};

use super::{Figure, Scale, has_keep_alive};
use crate::{
    Contestant, Session,
    servers::{Options, Shape},
};

pub(super) const FIGURES: &[Figure] = &[
    Figure("idle, kB a connection", 2),
    Figure("after traffic, kB a connection", 2),
    Figure("CPU, µs a keep-alive", 2),
];

pub(super) fn run(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    let connections = scale.pick(2_000, 10_000);
    let keep_alive = Duration::from_secs(scale.pick(2, 8));
    let options = Options { keep_alive, ..Options::default() };
    let mut session = Session::start(&scale.exe, contestant, options)?;
    // What the server allocates once, for its first connections, is not part of a connection's cost.
    session.client.open(10, "/events")?;
    session.client.until_quiet(Duration::from_millis(50))?;
    let before = session.resident()?;
    let each = |resident: u64| (resident as f64 - before as f64) / connections as f64 / 1e3;

    session.client.open(connections, "/events")?;
    session.client.until_quiet(Duration::from_millis(50))?;
    let idle = each(session.resident()?);

    session.client.counts.clear();
    for round in 1..=4 {
        session.publish(64, Shape::line(256))?;
        session.client.until_events(round * 64 * (connections as u64 + 10))?;
    }
    let used = each(session.resident()?);

    if !has_keep_alive(contestant) {
        return Ok(vec![idle, used, f64::NAN]);
    }
    let round = session.measure(|session| {
        session
            .client
            .until("a round of keep-alives", |counts| counts.comments >= connections as u64)
    })?;
    Ok(vec![idle, used, round.server.as_secs_f64() * 1e6 / round.counts.comments as f64])
}
