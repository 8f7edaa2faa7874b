//! Bounds in bytes: of the log on the server, and of what is read at once.

use std::time::Duration;

use futures_util::StreamExt;
use redis::{Value, cmd};
use sse_core::Event;
use sse_hub::{Backend, Hub, Retention, backend::LogEvent};
use tokio::time::sleep;

use crate::{
    node::{Node, backend},
    proxy::Proxy,
    server::Server,
};

const MIB: usize = 1024 * 1024;

async fn usage(server: &Server) -> u64 {
    let log = server.log().await;
    let mut usage = cmd("MEMORY");
    usage.arg(&["USAGE", &log, "SAMPLES", "0"]);
    usage.query_async(&mut server.connection().await).await.expect("a log")
}

/// Sizes of bodies, which are published in turn.
const SIZES: [&[usize]; 7] =
    [&[1], &[40], &[300], &[3_000], &[100_000], &[700_000], &[1, 40_000, 300, 300, 2_000]];

/// Publishing small events is slow, so fewer bytes of them have to suffice.
fn limit(sizes: &[usize]) -> u64 {
    (if sizes.iter().all(|size| *size < 1_000) { MIB / 2 } else { 8 * MIB }) as u64
}

/// Publishes bodies of these sizes in turn, up to `bytes` in all.
async fn fill(hub: &Hub, sizes: &[usize], bytes: usize) {
    fill_by(hub, sizes, bytes, 20).await;
}

async fn fill_by(hub: &Hub, sizes: &[usize], bytes: usize, at_once: usize) {
    let (mut published, mut sizes) = (0, sizes.iter().cycle());
    while published < bytes {
        let some: Vec<_> = sizes.by_ref().take(at_once).collect();
        published += some.iter().map(|size| **size + 20).sum::<usize>();
        let publish = |size: &&usize| hub.publish("a", Event::data("x".repeat(**size)));
        for published in futures_util::future::join_all(some.iter().map(publish)).await {
            published.expect("published");
        }
    }
}

#[track_caller]
fn check_usage(usage: u64, max: u64, sizes: &[usize]) {
    let share = usage as f64 / max as f64;
    println!("{sizes:?}: {usage} of {max} bytes, {share:.2}");
    assert!((0.8..=1.2).contains(&share), "{sizes:?}: {usage} of {max} bytes");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_followed_stays_within_its_bytes() {
    for sizes in SIZES {
        let server = Server::start().await;
        let max = limit(sizes);
        let settings = || {
            backend(&server).retention(Retention::default().bytes(max as usize).events(usize::MAX))
        };
        let node = Node::of(settings()).await;
        let bytes = 2 * max as usize;
        fill(&node.hub, sizes, bytes).await;
        // The last trim happens after the event was received.
        node.publish("end").await;
        node.client().until("end").await;
        sleep(Duration::from_millis(200)).await;
        check_usage(usage(&server).await, max, sizes);
        // A starting node counts what the log holds, so the log does not grow to twice its bytes.
        drop(node);
        let node = Node::of(settings()).await;
        fill(&node.hub, sizes, bytes / 2).await;
        node.publish("end 2").await;
        node.client().until("end 2").await;
        sleep(Duration::from_millis(200)).await;
        check_usage(usage(&server).await, max, sizes);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_only_published_to_stays_within_its_bytes() {
    for sizes in SIZES {
        let server = Server::start().await;
        let max = limit(sizes);
        let backend =
            backend(&server).retention(Retention::default().bytes(max as usize).events(usize::MAX));
        let hub = Hub::builder().open(backend.build().unwrap()).await.expect("opens");
        let bytes = 2 * max as usize;
        fill(&hub, sizes, bytes).await;
        check_usage(usage(&server).await, max, sizes);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_full_server_loses_a_tenth_of_the_log_and_takes_the_event() {
    for bytes in [300, 20_000] {
        let server = Server::start().await;
        let node = Node::of(backend(&server)).await;
        let mut client = node.client();
        fill(&node.hub, &[bytes], 4 * MIB).await;
        server.ask("CONFIG SET maxmemory-policy noeviction").await;
        let used = used_memory(&server).await;
        server.ask(&format!("CONFIG SET maxmemory {used}")).await;
        let before = length(&server).await;
        fill_by(&node.hub, &[bytes], 2 * MIB, 1).await;
        node.publish("end").await;
        let after = length(&server).await;
        assert!(after > before / 2, "{after} are kept of {before}: not much more than a tenth");
        let seen = client.until("end").await;
        assert!(seen.iter().all(|seen| seen != "gap foreign"), "the log is the same");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_server_that_others_fill_refuses_events_without_trimming_the_whole_log() {
    let server = Server::start().await;
    let node = Node::of(backend(&server)).await;
    fill(&node.hub, &[300], MIB).await;
    let before = length(&server).await;
    server.fill(10, MIB).await;
    server.ask("CONFIG SET maxmemory 2000000").await;
    for _ in 0..100 {
        let error = node.try_publish("refused").await.expect_err("full").to_string();
        assert!(error.contains("OOM") && error.contains("maxmemory"), "{error}");
        assert!(!error.contains("may have been stored"), "{error}");
    }
    let after = length(&server).await;
    assert!(after > before * 7 / 10, "{after} of {before} are kept");
    server.ask("FLUSHALL").await;
    node.publish("again").await;
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn an_epoch_whose_key_is_lost_is_set_again_on_a_full_server() {
    let server = Server::start().await;
    let node = Node::of(backend(&server)).await;
    fill(&node.hub, &[20_000], 4 * MIB).await;
    let mut client = node.client();
    node.publish("before").await;
    client.until("before").await;
    server.ask("DEL {sse}:epoch").await;
    let used = used_memory(&server).await;
    server.ask(&format!("CONFIG SET maxmemory {}", used - 10_000)).await;
    node.publish("after").await;
    assert_eq!(client.until("after").await, ["after"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_read_of_large_events_after_small_ones_is_bounded() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server);
    let writer = Node::on(&server).await;
    fill(&writer.hub, &[100], 300_000).await;
    fill(&writer.hub, &[MIB - 100], 200 * MIB).await;
    let settings = || {
        sse_redis::RedisBackend::builder(&proxy.url())
            .retention(Retention::default().events(usize::MAX))
    };
    let backend = settings().build().expect("valid settings");
    let opened = backend.open().await.expect("opens");

    // The tail reads at most 64 of the largest events, whatever came before.
    let mut tail = backend.tail(opened.floor);
    let (mut read, mut large) = (0, 0);
    let Value::Int(all) = server.ask(&format!("XLEN {}", server.log().await)).await else {
        panic!("no number");
    };
    // Without the entry that begins the log.
    while read < all - 1 {
        match tail.next().await {
            Some(Ok(LogEvent::Entry(entry))) => {
                read += 1;
                large += usize::from(entry.body.len() > MIB / 2);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(large >= 190, "{large} large events");
    let most = proxy.largest_reply();
    assert!(most < 65 * MIB, "{most} bytes at once");

    // A page has 4 MiB and one further read, which is large only where the sizes change.
    let mut after = opened.floor;
    let (mut pages, mut events, mut over) = (0, 0, 0);
    loop {
        let page = backend.read(after, 256).await.expect("reads");
        let Some(last) = page.entries.last() else { break };
        after = last.position;
        pages += 1;
        events += page.entries.len() as i64;
        let bytes: usize = page.entries.iter().map(|entry| entry.body.len()).sum();
        over += usize::from(bytes > 8 * MIB);
        assert!(bytes <= 68 * MIB && over <= 1, "{bytes} bytes in a page");
    }
    assert_eq!(events, all - 1);
    assert!(pages >= 30, "{pages} pages");
    // A hub that opens the log continues after a short page.
    let all = Retention::default().events(10_000).bytes(1_000 * MIB);
    let opening = Hub::builder().retention(all).open(settings().build().expect("valid settings"));
    let hub = opening.await.expect("opens");
    assert_eq!(hub.topic_stats("a").expect("is there").events as i64, events);
}

async fn length(server: &Server) -> i64 {
    match server.ask(&format!("XLEN {}", server.log().await)).await {
        Value::Int(length) => length,
        other => panic!("{other:?}"),
    }
}

async fn used_memory(server: &Server) -> u64 {
    let info: String =
        cmd("INFO").arg("memory").query_async(&mut server.connection().await).await.expect("info");
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    used.expect("a line").trim().parse().expect("a number")
}
