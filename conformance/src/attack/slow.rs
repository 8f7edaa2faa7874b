//! Reads a byte now and then, or nothing, while a topic is busy.

use std::{io, time::Duration};

use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use super::{
    attacker::{Aim, Plan},
    site::LARGE,
    wire::Wire,
    worker::{Worker, pace},
};

/// Half of the connections read nothing, and the others one byte each 100 ms. Two connections publish 200 events of
/// 4 KiB a second, so that each event is evicted within a second.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    for number in 0..plan.connections - PUBLISHERS {
        let plan = plan.clone();
        tasks.spawn(async move {
            loop {
                plan.tally.request();
                let error = read(&plan, number % 2 == 0).await;
                plan.tally.answer(format!("closed: {:?}", error.map_err(|error| error.kind())));
                sleep(PAUSE).await;
            }
        });
    }
    publish(plan, tasks);
}

/// Keeps the topic busy.
pub(super) fn publish(plan: &Plan, tasks: &mut JoinSet<()>) {
    pace(tasks, &plan.tally, PUBLISHERS, RATE, |_| Publish { plan: plan.clone(), open: None });
}

async fn read(plan: &Plan, never: bool) -> io::Result<()> {
    let mut wire = Wire::open_narrow(plan.address).await?;
    let target = match plan.aim {
        Aim::Hub => "/hub?topics=busy".to_owned(),
        Aim::Plain => format!("/plain?pause={}", (1000.0 / RATE) as u64),
    };
    wire.get(&target, None).await?;
    if never {
        std::future::pending::<()>().await;
    }
    let mut ticks = interval(PAUSE);
    loop {
        ticks.tick().await;
        wire.skip(1).await?;
    }
}

struct Publish {
    plan: Plan,
    open: Option<Wire>,
}

impl Worker for Publish {
    async fn step(&mut self) -> io::Result<()> {
        let mut wire = match self.open.take() {
            Some(wire) => wire,
            None => Wire::open(self.plan.address).await?,
        };
        let target = match self.plan.aim {
            Aim::Hub => "/publish?topic=busy",
            Aim::Plain => "/plain",
        };
        match wire.post(target, &"x".repeat(LARGE)).await? {
            200 => self.open = Some(wire),
            status => return Err(io::Error::other(format!("status {status}"))),
        }
        Ok(())
    }
}

const PUBLISHERS: usize = 2;

const RATE: f64 = 200.0;

const PAUSE: Duration = Duration::from_millis(100);
