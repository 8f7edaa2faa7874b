//! Connections that send nothing.

use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::{task::JoinSet, time::sleep};

use super::{attacker::Plan, wire::Wire};

/// As fast as the listener's queue takes them.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    let plan = plan.clone();
    tasks.spawn(async move {
        let mut open = Vec::new();
        let mut failed = 0;
        while open.len() + failed < plan.connections {
            for _ in 0..BATCH.min(plan.connections - open.len()) {
                plan.tally.request();
                match Wire::open(plan.address).await {
                    Ok(wire) => open.push(wire),
                    Err(error) => {
                        failed += 1;
                        plan.tally.answer(error.kind().to_string());
                    }
                }
            }
            sleep(PAUSE).await;
        }
        let opened = open.len();
        let mut closed = JoinSet::new();
        for mut wire in open {
            closed.spawn(async move { wire.skip(1).await });
        }
        while closed.join_next().await.is_some() {
            plan.tally.answer(format!("closed, of {opened}"));
        }
    });
}

/// 10,000, or as many as the limit of open files leaves after all others.
pub(super) fn connections() -> usize {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(allowed.saturating_sub(4_000)).unwrap_or(usize::MAX).min(10_000)
}

const BATCH: usize = 100;

const PAUSE: Duration = Duration::from_millis(5);
