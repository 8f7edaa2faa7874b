//! One connection that receives events as fast as possible.

use std::{io, time::Duration};

use super::{Figure, Scale};
use crate::{Contestant, Session, servers::Options};

pub(super) const FIGURES: &[Figure] = &[
    Figure("256 B, 1,000 events/s", 0),
    Figure("256 B, CPU, ns an event", 0),
    Figure("32 B, 1,000 events/s", 0),
    Figure("4 KiB, 1,000 events/s", 0),
    Figure("4 KiB, MB/s", 0),
    Figure("server busy, %", 0),
    Figure("client busy, %", 0),
];

pub(super) fn run(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    let time = Duration::from_millis(scale.pick(500, 1_500));
    let measure = |size: usize| {
        let mut session = Session::start(&scale.exe, contestant, Options::default())?;
        session.client.open(1, &format!("/flood/{size}"))?;
        session.client.read_for(time / 5)?;
        session.measure(|session| session.client.read_for(time))
    };
    let [small, medium, large] = [measure(32)?, measure(256)?, measure(4 * 1_024)?];
    let [small_rate, medium_rate, large_rate] = [&small, &medium, &large]
        .map(|measured| measured.counts.events as f64 / measured.wall.as_secs_f64() / 1e3);
    Ok(vec![
        medium_rate,
        medium.cpu_per_event() * 1e3,
        small_rate,
        large_rate,
        large.counts.bytes as f64 / large.wall.as_secs_f64() / 1e6,
        medium.server_busy(),
        medium.client_busy(),
    ])
}
