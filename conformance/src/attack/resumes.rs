//! Resumes over 64 topics from the oldest event, again and again.

use std::{io, time::Duration};

use tokio::{task::JoinSet, time::timeout};

use super::{
    attacker::{Aim, Plan},
    site::{TOPICS, history},
    wire::Wire,
    worker::{Worker, pace},
};

/// 20 a second.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    pace(tasks, &plan.tally, plan.connections, RATE, |_| Resume { plan: plan.clone(), from: None });
}

struct Resume {
    plan: Plan,
    /// The oldest ID, once known.
    from: Option<String>,
}

impl Worker for Resume {
    async fn step(&mut self) -> io::Result<()> {
        let mut wire = Wire::open(self.plan.address).await?;
        match self.plan.aim {
            Aim::Hub => {
                let topics: Vec<_> = (0..TOPICS).map(history).collect();
                let topics = topics.join(",");
                let target = format!("/hub?topics={topics}&start=earliest");
                wire.get(&target, self.from.as_deref()).await?;
                if self.from.is_none() {
                    self.from = Some(first_id(&mut wire).await?);
                }
            }
            Aim::Plain => wire.get(&format!("/plain?bytes={LENGTH}"), None).await?,
        }
        // To the end of the history, as far as it was not evicted.
        let mut rest = LENGTH;
        while rest > 0 {
            match timeout(SILENCE, wire.skip(rest)).await {
                Ok(count) => rest -= count?,
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// The ID of the event with which a stream opens.
async fn first_id(wire: &mut Wire) -> io::Result<String> {
    loop {
        let line = wire.line().await?;
        if let Some(id) = line.strip_prefix(b"id: ") {
            return Ok(String::from_utf8_lossy(id).trim().to_owned());
        }
    }
}

const RATE: f64 = 20.0;

/// About the bytes of the history.
const LENGTH: usize = 180 * 1024;

const SILENCE: Duration = Duration::from_millis(200);
