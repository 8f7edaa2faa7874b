//! The time from publish until an event arrives.

use std::{io, time::Duration};

use super::{Figure, Scale};
use crate::{
    Contestant, Measured, Session,
    servers::{Command, Options, Shape},
};

pub(super) const RATE: &[Figure] = &[
    Figure("p50, ms", 2),
    Figure("p99, ms", 2),
    Figure("p99.9, ms", 2),
    Figure("CPU, µs an event", 3),
];

pub(super) fn rate(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    let (subscribers, count) = (1_000, scale.pick(10, 40));
    let mut session = scale.subscribed(contestant, subscribers)?;
    let measured = session.measure(|session| {
        session.tell(Command::Rate(10, count, Shape::line(256)))?;
        session.client.until_events(count * subscribers as u64)
    })?;
    measured.expect_all(count * subscribers as u64)?;
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| measured.latency(share));
    Ok(vec![p50, p99, p999, measured.cpu_per_event()])
}

pub(super) const NODELAY: &[Figure] = &[
    Figure("with: p99, ms", 3),
    Figure("with: p50, ms", 3),
    Figure("without: p50, ms", 3),
    Figure("without: p99, ms", 3),
];

pub(super) fn nodelay(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    let bursts = scale.pick(20, 300);
    let measure = |tuned, bursts| {
        let options = Options { tuned, ..Options::default() };
        let mut session = Session::with_subscribers(&scale.exe, contestant, options, 1)?;
        let measured = session.measure(|session| {
            for burst in 1..=bursts {
                session.publish(64, Shape::line(256))?;
                session.client.until_events(burst * 64)?;
                // A page processes a burst before the next one arrives.
                session.client.read_for(Duration::from_millis(2))?;
            }
            Ok(())
        })?;
        measured.expect_all(bursts * 64)?;
        Ok::<Measured, io::Error>(measured)
    };
    let (with, without) = (measure(true, bursts)?, measure(false, bursts)?);
    Ok(vec![with.latency(0.99), with.latency(0.5), without.latency(0.5), without.latency(0.99)])
}

pub(super) const SLOW: &[Figure] = &[
    Figure("990: p99, ms", 2),
    Figure("990: p50, ms", 2),
    Figure("CPU, µs an event", 3),
    Figure("memory, kB more", 0),
    Figure("10: events each", 0),
    Figure("10: lost each", 0),
];

pub(super) fn slow(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    const SLOW: usize = 10;
    const QUICK: usize = 990;
    let count = scale.pick(50, 150);
    let mut session = Session::start(&scale.exe, contestant, Options::default())?;
    session.client.open_narrow(SLOW, "/events")?;
    session.client.open(QUICK, "/events")?;
    session.greet(SLOW + QUICK)?;
    session.client.pause(0..SLOW)?;
    let before = session.resident()?;
    let quick = session.measure(|session| {
        session.tell(Command::Rate(50, count, Shape::line(8 * 1_024)))?;
        session.client.until_events(count * QUICK as u64)
    })?;
    quick.expect_all(count * QUICK as u64)?;
    let more = session.resident()? as f64 - before as f64;
    let slow = session.measure(|session| {
        session.client.resume(0..SLOW)?;
        session.client.until_quiet(Duration::from_millis(300))
    })?;
    Ok(vec![
        quick.latency(0.99),
        quick.latency(0.5),
        quick.cpu_per_event(),
        more / 1_000.0,
        slow.counts.events as f64 / SLOW as f64,
        slow.counts.lost as f64 / SLOW as f64,
    ])
}
