//! The hub's contract for backends.

use std::{cell::Cell, time::Duration};

use sse_hub::{Backend, Hub, Retention, Start, backend};
use sse_redis::RedisBackend;

use crate::{
    node::{Client, Node, backend},
    server::{Server, free_port},
};

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn redis_keeps_the_backends_contract() {
    let server = Server::start().await;
    let logs = Cell::new(0);
    let make = || async {
        logs.set(logs.get() + 1);
        let prefix = format!("log {}", logs.get());
        RedisBackend::builder(&server.url()).prefix(prefix).build().expect("valid settings")
    };
    backend::contract::all(make).await;
    backend::contract::notes(make).await;
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_publish_reaches_every_node_and_any_node_resumes() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    let (mut at_one, mut at_two) = (one.client(), two.client());
    let id = one.publish(1).await;
    two.publish(2).await;
    one.publish(3).await;
    assert_eq!(at_one.until("3").await, ["1", "2", "3"]);
    assert_eq!(at_two.until("3").await, ["1", "2", "3"]);
    let resumed = two.hub.subscribe("a").expect("subscribes").resume(id);
    assert_eq!(Client::of(resumed).until("3").await, ["2", "3"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_starting_node_has_the_kept_events_and_reports_the_others_as_a_gap() {
    let server = Server::start().await;
    let old = Node::on(&server).await;
    let first = old.publish(1).await;
    for number in 2..=10 {
        old.publish(number).await;
    }
    let new = Node::on(&server).await;
    let resumed = || new.hub.subscribe("a").expect("subscribes").resume(first.clone());
    let all: Vec<_> = (1..=10).map(|number| number.to_string()).collect();
    assert_eq!(new.client().until("10").await, all);
    assert_eq!(Client::of(resumed()).until("10").await, all[1..]);

    server.ask(&format!("XTRIM {} MAXLEN 3", server.log().await)).await;
    let newer = Node::on(&server).await;
    assert_eq!(newer.client().until("10").await, ["8", "9", "10"]);
    let resumed = newer.hub.subscribe("a").expect("subscribes").resume(first);
    assert_eq!(Client::of(resumed).until("10").await, ["gap trimmed", "8", "9", "10"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn the_log_keeps_at_least_the_events_that_were_asked_for_and_few_more() {
    let server = Server::start().await;
    let node = Node::of(backend(&server).retention(Retention::default().events(200))).await;
    for number in 0..1_000 {
        node.publish(number).await;
    }
    let backend = backend(&server).build().expect("valid settings");
    let opened = backend.open().await.expect("opens");
    let page = backend.read(opened.floor, 10_000).await.expect("reads");
    assert!((200..500).contains(&page.entries.len()), "{} are kept", page.entries.len());
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn concurrent_publishes_are_neither_lost_nor_doubled() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = two.client();
    let publish = |number: u32| one.try_publish(number);
    let ids = futures_util::future::join_all((0..2_000).map(publish)).await;
    assert!(ids.iter().all(Result::is_ok));
    one.publish("end").await;
    let mut seen = client.until("end").await;
    seen.sort_unstable();
    let mut all: Vec<_> = (0..2_000).map(|number| number.to_string()).collect();
    all.push("end".to_owned());
    all.sort_unstable();
    assert_eq!(seen, all);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn hubs_of_different_prefixes_or_databases_are_separate() {
    let port = free_port();
    let server = Server::with(&["--port", &port.to_string()]).await;
    let url = format!("redis://127.0.0.1:{port}");
    let deadline = Duration::from_secs(1);
    let mut clients = Vec::new();
    for (number, (url, prefix)) in
        [(url.clone(), "sse"), (url.clone(), "shop"), (format!("{url}/1"), "sse")]
            .into_iter()
            .enumerate()
    {
        let backend = RedisBackend::builder(&url).prefix(prefix).deadline(deadline);
        let hub = Hub::builder().open(backend.build().unwrap()).await.expect("opens");
        tokio::spawn(hub.background());
        let events = hub.subscribe("a").expect("subscribes").start(Start::Earliest);
        hub.publish("a", sse_core::Event::data(number.to_string())).await.expect("published");
        clients.push((Client::of(events), number));
    }
    for (client, number) in &mut clients {
        assert_eq!(client.until(&number.to_string()).await, [number.to_string()]);
    }
    drop(server);
}
