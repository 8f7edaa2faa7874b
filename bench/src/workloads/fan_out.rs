//! One event to many subscribers; the next is published when all have received it.

use std::io;

use super::{Figure, Scale};
use crate::{Contestant, servers::Shape};

pub(super) const FIGURES: &[Figure] = &[
    Figure("CPU, µs an event", 3),
    Figure("p50, ms", 2),
    Figure("p99, ms", 2),
    Figure("server busy, %", 0),
    Figure("client busy, %", 0),
];

pub(super) fn run(
    scale: &Scale,
    contestant: Contestant,
    subscribers: usize,
    rounds: u64,
    at_once: u64,
    shape: Shape,
) -> io::Result<Vec<f64>> {
    let mut session = scale.subscribed(contestant, subscribers)?;
    let measured = session.measure(|session| {
        for round in 1..=rounds {
            session.publish(at_once, shape)?;
            session.client.until_events(round * at_once * subscribers as u64)?;
        }
        Ok(())
    })?;
    measured.expect_all(rounds * at_once * subscribers as u64)?;
    Ok(vec![
        measured.cpu_per_event(),
        measured.latency(0.5),
        measured.latency(0.99),
        measured.server_busy(),
        measured.client_busy(),
    ])
}
