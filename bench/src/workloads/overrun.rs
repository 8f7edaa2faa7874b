//! More events than can be delivered.

use std::{io, time::Duration};

use super::{Figure, Scale};
use crate::{
    Contestant,
    servers::{Command, Shape},
};

pub(super) const FIGURES: &[Figure] = &[
    Figure("arrived, 1,000 events/s", 0),
    Figure("arrived, %", 1),
    Figure("lost, %", 1),
    Figure("lost and unreported, %", 1),
    Figure("gap events a subscriber", 1),
    Figure("accounted for, %", 2),
    Figure("server busy, %", 0),
    Figure("client busy, %", 0),
];

pub(super) fn run(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    const SUBSCRIBERS: u64 = 100;
    const PER_SECOND: u64 = 100_000;
    let count = PER_SECOND * scale.pick(1, 3);
    let mut session = scale.subscribed(contestant, SUBSCRIBERS as usize)?;
    let measured = session.measure(|session| {
        session.tell(Command::Rate(PER_SECOND, count, Shape::line(32)))?;
        session.client.until_quiet(Duration::from_millis(300))
    })?;
    // The number of one more event reveals losses at the end.
    session.publish(1, Shape::line(32))?;
    session.client.until_quiet(Duration::from_millis(300))?;
    let counts = &session.client.counts;

    let all = (SUBSCRIBERS * (count + 1)) as f64;
    let percent = |events: u64| events as f64 / all * 100.0;
    // The quiet time at the end is not part of the delivery.
    let wall = (measured.wall - Duration::from_millis(300)).as_secs_f64();
    Ok(vec![
        measured.counts.events as f64 / wall / 1e3,
        percent(counts.events),
        percent(counts.lost),
        percent(counts.unreported),
        counts.gaps as f64 / SUBSCRIBERS as f64,
        percent(counts.events + counts.lost - counts.duplicates),
        measured.server.as_secs_f64() / wall * 100.0,
        measured.client.as_secs_f64() / wall * 100.0,
    ])
}
