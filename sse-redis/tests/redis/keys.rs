//! Keys that are lost one by one: an acknowledged event is delivered to every node, or reported as lost.

use std::time::Duration;

use futures_util::future::join_all;
use redis::Value;
use sse_core::{Event, EventId};
use sse_hub::{Hub, PublishError};
use sse_redis::RedisBackend;
use tokio::time::sleep;

use crate::{
    node::{Client, Node},
    proxy::Proxy,
    record::{Traffic, log_of_record},
    server::Server,
};

const EPOCH: &str = "{sse}:epoch";

/// A hub that only publishes: nothing follows the log.
async fn publisher(url: &str) -> Hub {
    let backend = RedisBackend::builder(url).deadline(Duration::from_secs(10));
    Hub::builder().open(backend.build().expect("valid settings")).await.expect("opens")
}

async fn publish(hub: &Hub, data: impl ToString) -> EventId {
    hub.publish("a", Event::data(data.to_string())).await.expect("published")
}

fn epoch_of(id: &EventId) -> String {
    id.as_str().split('.').next().expect("an epoch").to_owned()
}

async fn uncertain(hub: &Hub) -> String {
    let error = hub.publish("a", Event::data("?")).await.expect_err("another epoch");
    let PublishError::Backend(error) = error else { panic!("{error:?}") };
    assert!(error.may_be_stored, "{error}");
    error.to_string()
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_node_that_starts_without_the_key_of_the_epoch_continues_the_log() {
    let server = Server::start().await;
    let old = Node::on(&server).await;
    let mut client = old.client();
    let first = old.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    // The old node asks the server nothing until it publishes.
    old.pause(true);
    server.ask(&format!("DEL {EPOCH}")).await;
    let new = Node::on(&server).await;
    let second = old.publish(2).await;
    assert_eq!(epoch_of(&first), epoch_of(&second));
    assert_eq!(new.client().until("2").await, ["1", "2"]);
    old.pause(false);
    assert_eq!(client.until("2").await, ["2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_process_that_only_publishes_sets_the_key_of_the_epoch_again() {
    let server = Server::start().await;
    let hub = publisher(&server.url()).await;
    let first = publish(&hub, 1).await;
    server.ask(&format!("DEL {EPOCH}")).await;
    let second = publish(&hub, 2).await;
    assert_eq!(epoch_of(&first), epoch_of(&second));
    let Value::BulkString(set) = server.ask(&format!("GET {EPOCH}")).await else { panic!() };
    assert_eq!(set, epoch_of(&first).as_bytes());
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_process_that_only_publishes_recovers_from_the_loss_of_all_keys() {
    let server = Server::start().await;
    let hub = publisher(&server.url()).await;
    let node = Node::on(&server).await;
    let mut client = node.client();
    let mut last = publish(&hub, 0).await;
    assert_eq!(client.until("0").await, ["0"]);
    for number in 1..=2 {
        server.ask("FLUSHALL").await;
        let id = publish(&hub, number).await;
        assert_ne!(epoch_of(&id), epoch_of(&last), "an ID of the log that has the event");
        let data = number.to_string();
        assert_eq!(client.until(&data).await, ["gap foreign".to_owned(), data.clone()]);
        // A client resumes with the ID.
        let next = format!("{number}, next");
        last = publish(&hub, &next).await;
        let resumed = node.hub.subscribe("a").expect("subscribes").resume(id);
        assert_eq!(Client::of(resumed).until(&next).await[..], [&*next]);
        client.until(&next).await;
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn an_event_in_a_log_that_is_no_longer_current_is_not_acknowledged() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    let mut client = node.client();
    node.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    node.pause(true);
    server.ask("XADD {sse}:log:other 0-1 epoch other").await;
    server.ask(&format!("SET {EPOCH} other")).await;
    let error = uncertain(&node.hub).await;
    assert!(error.contains("another log has begun"), "{error}");
    let id = node.publish(2).await;
    assert_eq!(epoch_of(&id), "other");
    node.pause(false);
    assert_eq!(client.until("2").await, ["gap foreign", "2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn setting_the_key_of_the_epoch_again_may_lose_a_race() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server);
    let hub = publisher(&proxy.url()).await;
    let node = Node::on(&server).await;
    let mut client = node.client();
    let first = publish(&hub, 1).await;
    assert_eq!(client.until("1").await, ["1"]);
    node.pause(true);
    // Between the append, which finds no epoch, and the script.
    let begin = ["XADD {sse}:log:other 0-1 epoch other", "SET {sse}:epoch other"];
    proxy.trap("EVAL", &begin);
    server.ask(&format!("DEL {EPOCH}")).await;
    uncertain(&hub).await;
    let id = publish(&hub, 2).await;
    assert_eq!((epoch_of(&first) == "other", epoch_of(&id)), (false, "other".to_owned()));
    node.pause(false);
    assert_eq!(client.until("2").await, ["gap foreign", "2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn an_event_is_not_acknowledged_if_its_log_is_lost_while_the_epoch_is_set_again() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server);
    let hub = publisher(&proxy.url()).await;
    let first = publish(&hub, 1).await;
    let log = format!("DEL {}", server.log().await);
    proxy.trap("EVAL", &[&log]);
    server.ask(&format!("DEL {EPOCH}")).await;
    uncertain(&hub).await;
    assert_ne!(epoch_of(&publish(&hub, 2).await), epoch_of(&first));
    let node = Node::on(&server).await;
    assert_eq!(node.client().until("2").await, ["2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_lost_twice_in_one_append_is_an_error_and_then_recovers() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server);
    let hub = publisher(&proxy.url()).await;
    publish(&hub, 1).await;
    // A log begins after the first attempt, and is lost before the second.
    proxy.trap("EVAL", &[]);
    proxy.trap("NOMKSTREAM", &["FLUSHALL"]);
    server.ask("FLUSHALL").await;
    let error = hub.publish("a", Event::data("?")).await.expect_err("lost twice");
    let PublishError::Backend(error) = error else { panic!("{error:?}") };
    assert!(!error.may_be_stored, "{error}");
    publish(&hub, 2).await;
    let node = Node::on(&server).await;
    assert_eq!(node.client().until("2").await, ["2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn of_several_logs_the_one_with_the_latest_event_continues() {
    let server = Server::start().await;
    server.fill(3_000, 1).await;
    for (log, id) in [
        ("{sse}:log:old", "5-0"),
        ("{sse}:log:new", "9-1"),
        ("{sse}:log:older", "9-0"),
        ("{sse}:log:no.epoch", "70-0"),
        ("{sse2}:log:foreign", "70-0"),
    ] {
        server.ask(&format!("XADD {log} {id} epoch x")).await;
    }
    server.ask("SET {sse}:log:text x").await;
    let node = Node::on(&server).await;
    assert_eq!(epoch_of(&node.publish(1).await), "new");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn only_one_of_many_publishes_looks_for_another_log() {
    let server = Server::start().await;
    let hub = publisher(&server.url()).await;
    publish(&hub, 1).await;
    server.fill(10_000, 1).await;
    server.ask(&format!("DEL {EPOCH} {}", server.log().await)).await;
    server.ask("CONFIG RESETSTAT").await;
    join_all((0..100).map(|number| publish(&hub, number))).await;
    let Value::BulkString(stats) = server.ask("INFO commandstats").await else { panic!() };
    let stats = String::from_utf8(stats).expect("text");
    let scans = stats.split("cmdstat_scan:calls=").nth(1).expect("it looks");
    let scans: usize = scans.split(',').next().expect("a number").parse().expect("a number");
    assert!((10..=30).contains(&scans), "{scans} steps for 10 of them");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn whatever_keys_are_lost_every_node_gets_each_acknowledged_event_or_a_gap() {
    let cases = [
        (&["epoch"][..], false),
        (&["log"], true),
        (&["epoch", "log"], true),
        (&["log", "epoch"], true),
        (&["random"; 4], true),
    ];
    join_all(cases.map(|(keys, loses)| lose(keys, loses))).await;
}

/// Loses keys one by one while two nodes publish; after each, another node starts.
async fn lose(keys: &[&str], loses: bool) {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    let log = server.log().await;
    let mut late = Vec::new();
    for key in keys {
        match *key {
            "epoch" => drop(server.ask(&format!("DEL {EPOCH}")).await),
            "log" => drop(server.ask(&format!("DEL {log}")).await),
            _ => server.evict().await,
        }
        late.push(Node::on(&server).await);
        traffic.go_on(fastrand::usize(..5)).await;
    }
    let outcome = traffic.check(&server).await;
    for gaps in &outcome.gaps {
        assert!(loses || gaps.is_empty(), "{keys:?}: {outcome:?}");
    }
    let log = log_of_record(&server).await;
    let all: Vec<_> = log.into_iter().map(|(_, data)| data).collect();
    for node in late {
        let mut seen = node.client().until("end").await;
        // It may not have noticed the last loss yet.
        if let Some(gap) = seen.iter().rposition(|seen| seen == "gap foreign") {
            seen.drain(..=gap);
        }
        assert_eq!(seen, all, "{keys:?}");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn an_idle_node_reports_a_loss_that_only_a_publisher_has_noticed() {
    let server = Server::start().await;
    let (hub, node) = (publisher(&server.url()).await, Node::on(&server).await);
    let mut client = node.client();
    publish(&hub, 1).await;
    assert_eq!(client.until("1").await, ["1"]);
    server.ask(&format!("DEL {}", server.log().await)).await;
    publish(&hub, 2).await;
    sleep(Duration::from_millis(1)).await;
    publish(&hub, 3).await;
    assert_eq!(client.until("3").await, ["gap foreign", "2", "3"]);
}
