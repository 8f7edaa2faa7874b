//! What runs cost that are over. It counts all allocations of its process, so it has its own.

use std::time::{Duration, Instant};

use sse_core::Event;
use sse_hub::{Hub, Principal};
use sse_runs::{ReadFrom, RunError, RunSettings, Runs};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn allocated() -> usize {
    dhat::HeapStats::get().curr_bytes
}

#[tokio::test]
async fn ten_thousand_finished_and_evicted_runs_leave_nothing() {
    const MIB: usize = 1024 * 1024;
    let _profiler = dhat::Profiler::builder().testing().build();
    let ada = Principal::new("ada").expect("short");
    let (second, hour) = (Duration::from_secs(1), Duration::from_secs(60 * 60));
    let hub = Hub::builder().remember_ends(second).max_bytes(64 << 20).build();
    let runs = Runs::builder().remember(second).build(hub);
    let background = tokio::spawn(runs.background());
    let before = allocated();
    let mut ids = Vec::with_capacity(10_000);
    for number in 0..10_000 {
        let settings = RunSettings::default().key(number.to_string());
        let mut writer = runs.begin(&ada, settings).await.expect("begins");
        for _ in 0..10 {
            writer.publish(Event::data("a token")).await.expect("published");
        }
        ids.push(writer.id().to_string());
        writer.finish().await.expect("finishes");
    }
    let written = allocated() - before;
    assert!(written > 4 * MIB, "{written} bytes");
    for id in &ids {
        runs.hub().trim(format!("sse-runs:{id}"), runs.hub().position());
    }
    runs.hub().tick(Instant::now() + hour);
    // The records count real time.
    for id in ids.iter().rev() {
        while runs.read(&ada, id, ReadFrom::Start).await.err() != Some(RunError::Unknown) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    drop(ids);
    let left = allocated().saturating_sub(before);
    println!("{written} bytes with 10,000 runs, {left} after them");
    assert!(left <= MIB, "{left} bytes are left");
    background.abort();
}
