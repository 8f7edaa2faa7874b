//! Faults that lose nothing: all events arrive, in order and once, and there is no gap.

use std::time::{Duration, Instant};

use redis::Value;
use rustix::process::Signal;
use sse_core::Event;
use sse_hub::PublishError;
use tokio::time::{sleep, timeout};

use crate::{
    node::{Node, backend},
    record::{Outcome, Traffic},
    server::{Server, free_port},
};

fn lost_nothing(outcome: &Outcome) {
    assert_eq!(outcome.gaps, [[""; 0], [""; 0]], "a gap, though nothing is lost");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_tail_whose_connection_is_killed_continues() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    for _ in 0..5 {
        traffic.go_on(20).await;
        kill_tails(&server).await;
    }
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    assert!(outcome.refused.is_empty() && outcome.uncertain.is_empty(), "{outcome:?}");
}

/// Kills the connections that wait for events.
pub(crate) async fn kill_tails(server: &Server) {
    let Value::BulkString(list) = server.ask("CLIENT LIST").await else { panic!("no list") };
    let list = String::from_utf8(list).expect("text");
    for line in list.lines().filter(|line| line.contains("cmd=xread")) {
        let id = line.split(' ').next().and_then(|id| id.strip_prefix("id=")).expect("an ID");
        // A tail between two reads may already have another connection.
        let kill: Result<Value, _> = redis::cmd("CLIENT")
            .arg(&["KILL", "ID", id])
            .query_async(&mut server.connection().await)
            .await;
        kill.expect("answered");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn killing_all_connections_loses_nothing() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    for _ in 0..5 {
        traffic.go_on(20).await;
        server.ask("CLIENT KILL TYPE normal").await;
    }
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    assert!(outcome.refused.is_empty(), "{outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_publish_over_a_connection_that_was_killed_while_idle_does_not_fail() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    let mut client = node.client();
    node.publish(1).await;
    server.ask("CLIENT KILL TYPE normal").await;
    // The connection notices its end.
    sleep(Duration::from_millis(100)).await;
    node.publish(2).await;
    assert_eq!(client.until("2").await, ["1", "2"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_publish_waits_for_a_hanging_server_until_the_deadline() {
    let server = Server::start().await;
    let deadline = Duration::from_millis(500);
    let node = async || Node::of(backend(&server).deadline(deadline)).await;
    let traffic = Traffic::of([node().await, node().await]);
    traffic.go_on(20).await;
    server.signal(Signal::STOP);
    let start = Instant::now();
    let error = traffic.nodes[0].try_publish("late").await.expect_err("no answer");
    let took = start.elapsed();
    assert!(took >= deadline && took < Duration::from_secs(5), "{took:?}");
    assert!(error.to_string().contains("deadline"), "{error}");
    traffic.fail(6).await;
    server.signal(Signal::CONT);
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    // Events that were sent may be stored; events that found no connection are not.
    assert!(!outcome.uncertain.is_empty(), "{outcome:?}");
    assert!(outcome.refused.len() >= 2, "{outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_restart_with_its_data_loses_nothing() {
    let mut server = Server::durable().await;
    let traffic = Traffic::on(&server).await;
    for _ in 0..2 {
        traffic.go_on(50).await;
        server.kill();
        sleep(Duration::from_millis(300)).await;
        server.start_again().await;
    }
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    assert!(outcome.refused.is_empty(), "bridged by the deadline: {outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn while_the_server_is_away_publishes_fail_and_the_hub_says_why() {
    let mut server = Server::durable().await;
    let node = Node::of(backend(&server).deadline(Duration::from_secs(1))).await;
    let mut client = node.client();
    node.publish(1).await;
    // No further event arrives that could clear the error.
    assert_eq!(client.until("1").await, ["1"]);
    server.kill();
    let error = node.backend_error(true).await.expect("an error");
    assert!(error.contains("Redis at "), "{error}");
    let start = Instant::now();
    let error = node.try_publish(2).await.expect_err("away");
    assert!(start.elapsed() >= Duration::from_secs(1), "it waits for a connection");
    let PublishError::Backend(error) = error else { panic!("{error:?}") };
    assert!(!error.may_be_stored, "{error}");
    server.start_again().await;
    // The hub recovers although nothing is published.
    node.backend_error(false).await;
    node.publish(3).await;
    assert_eq!(client.until("3").await, ["3"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_full_server_refuses_events_until_there_is_room() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    server.ask("CONFIG SET maxmemory 1").await;
    traffic.fail(10).await;
    server.ask("CONFIG SET maxmemory 0").await;
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    assert_eq!(outcome.uncertain, [], "an error of the server's is certain");
    assert!(outcome.refused.iter().all(|(_, error)| error.contains("OOM")), "{outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_replica_takes_no_events_and_is_not_followed() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    server.ask(&format!("REPLICAOF 127.0.0.1 {}", free_port())).await;
    traffic.fail(10).await;
    let reported = async || {
        // The first error is that the connection has ended.
        while !traffic.nodes[0].backend_error(true).await.expect("an error").contains("replica") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), reported()).await.expect("the hub says why");
    server.ask("REPLICAOF NO ONE").await;
    let outcome = traffic.check(&server).await;
    lost_nothing(&outcome);
    assert_eq!(outcome.uncertain, []);
    assert!(outcome.refused.iter().all(|(_, error)| error.contains("READONLY")), "{outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn the_key_of_the_epoch_is_restored() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    server.ask("DEL {sse}:epoch").await;
    traffic.go_on(20).await;
    lost_nothing(&traffic.check(&server).await);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn large_events_arrive_whole() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    node.pause(true);
    for number in 0..40 {
        let data = format!("{number}{}", "x".repeat(500_000));
        node.hub.publish("b", Event::data(data)).await.expect("published");
    }
    node.pause(false);
    node.publish("end").await;
    assert_eq!(node.client().until("end").await, ["end"]);
    let events = node.hub.topic_stats("b").expect("is there");
    assert!(events.bytes > 500_000 && events.events > 0, "{events:?}");
}
