//! HTTP/2 streams that are not read, beside one that is.

use std::{io, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::{
    attacker::Plan,
    frames::{DATA, Frames},
    slow,
    windows::STREAMS,
};
use crate::scenario::micros;

/// On each connection, all streams but one get only the standard's initial window, 64 KiB, while their topic is busy.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>) {
    slow::publish(plan, tasks);
    for _ in 0..plan.connections {
        let plan = plan.clone();
        tasks.spawn(async move {
            loop {
                if let Err(error) = hold(&plan).await {
                    plan.tally.answer(error.to_string());
                }
                sleep(PAUSE).await;
            }
        });
    }
}

async fn hold(plan: &Plan) -> io::Result<()> {
    let mut frames = Frames::open(plan.address, 65_535).await?;
    for _ in 1..STREAMS {
        plan.tally.request();
        frames.get("/hub?topics=busy").await?;
    }
    let read = frames.get("/hub?topics=honest").await?;
    loop {
        let frame = frames.next().await?;
        if frame.kind != DATA || frame.stream != read || frame.payload.is_empty() {
            continue;
        }
        for line in String::from_utf8_lossy(&frame.payload).lines() {
            let sent = line.strip_prefix("data: @").and_then(|text| text.parse::<u64>().ok());
            if let Some(sent) = sent {
                let took = micros().saturating_sub(sent);
                plan.tally.beside().add(Duration::from_micros(took));
            }
        }
        frames.widen(read, u32::try_from(frame.payload.len()).unwrap_or(1)).await?;
    }
}

const PAUSE: Duration = Duration::from_millis(100);
