//! Request heads that are slow, or large.

use std::{io, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep, timeout},
};

use super::{
    attacker::Plan,
    wire::Wire,
    worker::{Worker, pace},
};

/// A byte of a head a second, on each connection.
pub(super) fn start_slow(plan: &Plan, tasks: &mut JoinSet<()>) {
    for number in 0..plan.connections {
        let plan = plan.clone();
        tasks.spawn(async move {
            // Not more at once than the listener's queue takes.
            sleep(Duration::from_micros(500) * number as u32).await;
            plan.tally.request();
            let began = Instant::now();
            if let Err(error) = send_slowly(&plan).await {
                let seconds = began.elapsed().as_secs();
                plan.tally.answer(format!("{} after {seconds} s", error.kind()));
            }
        });
    }
}

async fn send_slowly(plan: &Plan) -> io::Result<()> {
    let mut wire = Wire::open(plan.address).await?;
    wire.send(b"GET /hub?topics=busy HTTP/1.1\r\nhost: localhost\r\nx-slow: ").await?;
    let mut ticks = interval(Duration::from_secs(1));
    loop {
        // An answer is the end, too.
        tokio::select! {
            _ = ticks.tick() => wire.send(b"x").await?,
            read = wire.skip(1) => return read.and(Err(io::ErrorKind::ConnectionAborted.into())),
        }
    }
}

/// Ten of each size a second.
pub(super) fn start_large(plan: &Plan, tasks: &mut JoinSet<()>) {
    for (count, size) in SIZES {
        let workers = plan.connections / SIZES.len();
        pace(tasks, &plan.tally, workers, RATE, |_| Large { plan: plan.clone(), count, size });
    }
}

struct Large {
    plan: Plan,
    count: usize,
    size: usize,
}

impl Worker for Large {
    async fn step(&mut self) -> io::Result<()> {
        let Self { plan, count, size } = self;
        let mut wire = Wire::open(plan.address).await?;
        let mut head = "GET /ready HTTP/1.1\r\nhost: localhost\r\n".to_owned();
        for number in 0..*count {
            head += &format!("x-{number}: {}\r\n", "x".repeat(*size));
        }
        // The server may answer, or close, before all is sent.
        let sent = wire.send(format!("{head}\r\n").as_bytes()).await;
        let answer = match timeout(PATIENCE, wire.head()).await {
            Ok(Ok((status, _))) => format!("{status}"),
            Ok(Err(error)) if sent.is_ok() => format!("{}", error.kind()),
            Ok(Err(_)) => "closed while sending".to_owned(),
            Err(_) => "no answer".to_owned(),
        };
        plan.tally.answer(format!("{count} headers of {size} B: {answer}"));
        Ok(())
    }
}

/// How many headers, and how large each.
const SIZES: [(usize, usize); 5] =
    [(50, 1_000), (200, 20), (2_000, 20), (1, 300_000), (1, 2_000_000)];

const RATE: f64 = 10.0;

const PATIENCE: Duration = Duration::from_secs(2);
