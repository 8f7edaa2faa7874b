//! Subscribes and leaves, while others watch the number of subscribers.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::{
    attacker::{Aim, Plan},
    wire::Wire,
    worker::{Worker, pace},
};

/// 300 a second.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    pace(tasks, &plan.tally, plan.connections, RATE, |_| Leave(plan.clone()));
}

struct Leave(Plan);

impl Worker for Leave {
    async fn step(&mut self) -> io::Result<()> {
        let Self(Plan { address, aim, .. }) = self;
        let mut wire = Wire::open(*address).await?;
        let target = match aim {
            Aim::Hub => format!("/hub?topics={WATCHED}"),
            Aim::Plain => "/plain?bytes=100".to_owned(),
        };
        wire.get(&target, None).await?;
        wire.head().await.map(|_| ())
    }
}

/// The others, who watch.
pub(super) fn watch(plan: &Plan, tasks: &mut JoinSet<()>) {
    for _ in 0..WATCHERS {
        let Plan { address, aim, .. } = plan.clone();
        tasks.spawn(async move {
            // All of them have to stay: one that loses its connection reconnects.
            while watcher(address, aim).await.is_err() {
                sleep(Duration::from_millis(200)).await;
            }
        });
    }
}

async fn watcher(address: SocketAddr, aim: Aim) -> io::Result<()> {
    let mut wire = Wire::open(address).await?;
    let target = match aim {
        Aim::Hub => format!("/presence?topic={WATCHED}"),
        Aim::Plain => "/plain?bytes=100".to_owned(),
    };
    wire.get(&target, None).await?;
    loop {
        wire.skip(usize::MAX).await?;
    }
}

const WATCHED: &str = "watched";

/// How many others watch.
pub(super) const WATCHERS: usize = 900;

const RATE: f64 = 300.0;
