//! Names new topics with each request.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::task::JoinSet;

use super::{
    attacker::{Aim, Plan},
    site::TOPICS,
    wire::Wire,
    worker::{Worker, pace},
};

/// 100 subscriptions and 200 publishes a second; each subscription stays until the connection's next
/// one.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    let names = Names::default();
    let publishers = plan.connections / 10;
    pace(tasks, &plan.tally, plan.connections - publishers, SUBSCRIPTIONS, |_| Subscribe {
        plan: plan.clone(),
        names: names.clone(),
        open: None,
    });
    pace(tasks, &plan.tally, publishers, PUBLISHES, |_| Publish {
        plan: plan.clone(),
        names: names.clone(),
        open: None,
    });
}

/// Names that were not used before.
#[derive(Clone, Debug, Default)]
struct Names(Arc<AtomicU64>);

impl Names {
    fn next(&self) -> String {
        format!("{:0>LENGTH$}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Subscribe {
    plan: Plan,
    names: Names,
    open: Option<Wire>,
}

impl Worker for Subscribe {
    async fn step(&mut self) -> io::Result<()> {
        self.open = None;
        let mut wire = Wire::open(self.plan.address).await?;
        let topics: Vec<_> = (0..TOPICS).map(|_| self.names.next()).collect();
        let path = match self.plan.aim {
            Aim::Hub => "/hub",
            Aim::Plain => "/plain",
        };
        wire.get(&format!("{path}?topics={}", topics.join(",")), None).await?;
        let (status, _) = wire.head().await?;
        self.open = Some(wire);
        accepted(status)
    }
}

struct Publish {
    plan: Plan,
    names: Names,
    open: Option<Wire>,
}

impl Worker for Publish {
    async fn step(&mut self) -> io::Result<()> {
        let mut wire = match self.open.take() {
            Some(wire) => wire,
            None => Wire::open(self.plan.address).await?,
        };
        let path = match self.plan.aim {
            Aim::Hub => "/publish",
            Aim::Plain => "/plain",
        };
        let status = wire.post(&format!("{path}?topic={}", self.names.next()), "1").await?;
        self.open = Some(wire);
        accepted(status)
    }
}

fn accepted(status: u16) -> io::Result<()> {
    if status == 200 { Ok(()) } else { Err(io::Error::other(format!("status {status}"))) }
}

const SUBSCRIPTIONS: f64 = 100.0;

const PUBLISHES: f64 = 200.0;

/// The length of a name: rather long, though 255 bytes are allowed.
const LENGTH: usize = 200;
