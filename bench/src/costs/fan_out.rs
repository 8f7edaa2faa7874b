//! Fan-out of one topic to many tasks, compared with `tokio::sync::broadcast`.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use sse_core::Event;
use sse_hub::{Hub, Retention};
use tokio::{runtime::Runtime, sync::broadcast};

use super::done::Done;

pub(super) fn table(short: bool) -> String {
    let mut text = String::from("| tasks | hub with its background | hub | broadcast | ");
    text += "hub with its background / broadcast |\n|---:|---:|---:|---:|---:|\n";
    for (tasks, events) in [(1, 100_000), (100, 5_000), (1_000, 500)] {
        let events = if short { events / 10 } else { events };
        let rounds = if short { 1 } else { 5 };
        // They take turns, so that a disturbance affects all of them.
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            times[0].push(hub(tasks, events, true));
            times[1].push(hub(tasks, events, false));
            times[2].push(channel(tasks, events));
        }
        let [background, plain, channel] = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2] / (tasks * events)
        });
        let multiple = background.as_secs_f64() / channel.as_secs_f64();
        let _ = writeln!(
            text,
            "| {tasks} | {background:.0?} | {plain:.0?} | {channel:.0?} | {multiple:.2} |"
        );
    }
    text
}

fn hub(tasks: u32, events: u32, background: bool) -> Duration {
    let retention = Retention::default().events(usize::MAX).bytes(usize::MAX);
    let hub = Hub::builder().retention(retention).build();
    let (runtime, done) = (runtime(), Done::new(tasks));
    for _ in 0..tasks {
        let mut frames = hub.subscribe("a").expect("a valid name");
        let done = done.clone();
        runtime.spawn(async move {
            // After its opening event, the subscription has joined the topic.
            frames.next().await;
            done.one();
            let mut received = 0;
            while let Some(frame) = frames.next().await {
                received += frame.len();
                if frame.as_bytes().ends_with(b"data: last\n\n") {
                    break;
                }
            }
            assert!(received > (events as usize - 1) * SIZE, "{received} bytes");
            done.one();
        });
    }
    if background {
        runtime.spawn(hub.background());
    }
    done.wait();
    let topic = hub.topic("a").expect("a valid name");
    let begin = Instant::now();
    for _ in 1..events {
        topic.publish_now(event()).expect("within the limits");
    }
    topic.publish_now(Event::data("last")).expect("within the limits");
    done.wait();
    let took = begin.elapsed();
    runtime.shutdown_background();
    took
}

fn channel(tasks: u32, events: u32) -> Duration {
    let (sender, _) = broadcast::channel::<Bytes>(events as usize);
    let (runtime, done) = (runtime(), Done::new(tasks));
    for _ in 0..tasks {
        let mut frames = sender.subscribe();
        let done = done.clone();
        runtime.spawn(async move {
            done.one();
            for _ in 0..events {
                frames.recv().await.expect("nothing is lost");
            }
            done.one();
        });
    }
    done.wait();
    let begin = Instant::now();
    for id in 0..events {
        sender.send(event().id(id).encode().into_bytes()).expect("there are receivers");
    }
    done.wait();
    let took = begin.elapsed();
    runtime.shutdown_background();
    took
}

fn event() -> Event {
    Event::data("x".repeat(SIZE))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().build().expect("threads")
}

const SIZE: usize = 100;
