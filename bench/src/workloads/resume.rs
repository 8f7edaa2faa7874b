//! One client that resumes topics from far behind.

use std::{io, time::Instant};

use super::{Figure, Scale};
use crate::{
    Contestant, Session,
    servers::{Options, Shape},
};

pub(super) const FIGURES: &[Figure] = &[
    Figure("1 topic, ms", 3),
    Figure("2 topics, multiple", 2),
    Figure("8 topics, multiple", 2),
    Figure("64 topics, multiple", 2),
    Figure("64 topics, CPU, µs an event", 3),
];

pub(super) fn run(scale: &Scale, contestant: Contestant) -> io::Result<Vec<f64>> {
    const EVENTS: u64 = 512;
    const TOPICS: [u64; 4] = [1, 2, 8, 64];
    let mut sessions = Vec::new();
    for topics in TOPICS {
        let mut session = Session::start(&scale.exe, contestant, Options::default())?;
        session.fill(topics, EVENTS, Shape::line(256))?;
        sessions.push((topics, session, Vec::new()));
    }
    let mut cpu = f64::NAN;
    let rounds = scale.pick(5, 41);
    // The sessions take turns, so that a disturbance affects all of them. The first round is a warm-up.
    for round in 0..=rounds {
        for (topics, session, times) in &mut sessions {
            let start = Instant::now();
            let measured = session.measure(|session| {
                session.client.open(1, &format!("/resume/0/{topics}"))?;
                session.client.until_events(EVENTS)
            })?;
            measured.expect_all(EVENTS)?;
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e3);
                cpu = measured.cpu_per_event();
            }
        }
    }
    let medians: Vec<_> = sessions.iter_mut().map(|(_, _, times)| median(times)).collect();
    let multiple = |at: usize| medians[at] / medians[0];
    Ok(vec![medians[0], multiple(1), multiple(2), multiple(3), cpu])
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
