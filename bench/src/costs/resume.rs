//! The time to resume a subscription that is far behind.

use std::{
    fmt::Write as _,
    hint::black_box,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, StreamExt as _};
use sse_core::Event;
use sse_hub::{Hub, Subscription};

pub(super) fn table(short: bool) -> String {
    let rounds = if short { 50 } else { 500 };
    let mut text =
        String::from("| topics | resume | per event | resume / one topic | resume / limit |\n");
    text += "|---:|---:|---:|---:|---:|\n";
    let mut one = None;
    for topics in [1, 2, 8, 64] {
        let (resume, limit) = measure(topics, rounds);
        let one = one.get_or_insert(resume).as_secs_f64();
        let _ = writeln!(
            text,
            "| {topics} | {resume:.1?} | {:.0?} | {:.2} | {:.1} |",
            resume / EVENTS,
            resume.as_secs_f64() / one,
            resume.as_secs_f64() / limit.as_secs_f64(),
        );
    }
    text
}

/// Returns the time to resume, and the time to copy the same bytes.
fn measure(topics: u32, rounds: usize) -> (Duration, Duration) {
    let hub = Hub::new();
    let start = hub.publish_now("start", Event::data("-")).expect("within the limits");
    let names: Vec<_> = (0..topics).map(|number| format!("topic {number}")).collect();
    let before = hub.stats().log_bytes;
    for number in 0..EVENTS {
        let data = "x".repeat(256);
        let name = &names[(number % topics) as usize];
        hub.publish_now(name, Event::data(data)).expect("within the limits");
    }
    let bytes = hub.stats().log_bytes - before;
    let (mut best, mut copied) = ([Duration::MAX; 2], Vec::new());
    for _ in 0..rounds {
        let subscribed = hub.subscribe(names.as_slice()).expect("valid names");
        let mut subscription = subscribed.opening(None).resume(start.clone());
        let (mut frames, mut received) = (Vec::with_capacity(EVENTS as usize), 0);
        let begin = Instant::now();
        for _ in 0..MOST_POLLS {
            // Without a frame, there are more topics to visit than the hub visits while it holds its lock.
            if let Some(frame) = next(&mut subscription) {
                received += frame.len();
                frames.push(frame.into_bytes());
            }
            if received >= bytes {
                break;
            }
        }
        let resume = begin.elapsed();
        // A gap event or a missing event would change the size.
        assert_eq!(received, bytes, "of {topics} topics");
        copied.clear();
        copied.reserve(received);
        let begin = Instant::now();
        frames.iter().for_each(|frame| copied.extend_from_slice(black_box(frame)));
        best = [best[0].min(resume), best[1].min(begin.elapsed())];
        let whole = copied.windows(7).filter(|bytes| bytes == b"data: x").count();
        assert_eq!(whole, EVENTS as usize, "of {topics} topics");
    }
    best.into()
}

fn next(subscription: &mut Subscription) -> Option<sse_core::Frame> {
    subscription.next().now_or_never().flatten()
}

const EVENTS: u32 = 512;

/// A number of polls that is greater than a resume needs.
const MOST_POLLS: usize = 10_000;
