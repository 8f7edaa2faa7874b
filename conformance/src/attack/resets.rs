//! HTTP/2 streams that are reset as soon as they are open.

use std::{io, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::{
    attacker::Plan,
    frames::Frames,
    worker::{Worker, pace},
};

/// 1,000 a second. Half of the connections send them one by one, the others 50 at once.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    for at_once in [1, 50] {
        let rate = RATE / 2.0 / at_once as f64;
        pace(tasks, &plan.tally, plan.connections / 2, rate, |_| Reset {
            plan: plan.clone(),
            at_once,
            open: None,
        });
    }
}

struct Reset {
    plan: Plan,
    at_once: usize,
    open: Option<Frames>,
}

impl Worker for Reset {
    async fn step(&mut self) -> io::Result<()> {
        let mut frames = match self.open.take() {
            Some(frames) => frames,
            None => Frames::open(self.plan.address, 65_535).await?,
        };
        frames.get_and_reset("/hub?topics=honest", self.at_once).await?;
        if self.at_once > 1 {
            // Waits for the server's reaction.
            sleep(Duration::from_millis(50)).await;
        }
        match frames.catch_up().await {
            Ok(()) => self.open = Some(frames),
            Err(error) => self.plan.tally.answer(format!("{} at once: {error}", self.at_once)),
        }
        Ok(())
    }
}

const RATE: f64 = 1_000.0;
