//! Faults that lose events: every client receives a `gap` event, and then the stream continues.

use std::time::{Duration, Instant};

use redis::Value;
use sse_hub::Retention;
use tokio::time::sleep;

use crate::{
    faults::kill_tails,
    node::{Node, Seen, backend},
    record::{Outcome, Traffic},
    server::{Server, free_port},
};

fn gap_everywhere(outcome: &Outcome, reason: &str) {
    for gaps in &outcome.gaps {
        assert_eq!(gaps[..], [reason], "at one of two nodes; {outcome:?}");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_restart_without_data_is_a_gap() {
    let mut server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(50).await;
    server.kill();
    server.start_again().await;
    gap_everywhere(&traffic.check(&server).await, "foreign");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn losing_all_keys_is_a_gap() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    server.ask("FLUSHALL").await;
    let start = Instant::now();
    traffic.go_on(1).await;
    assert!(start.elapsed() < Duration::from_secs(2), "an append makes the tail look");
    let outcome = traffic.check(&server).await;
    gap_everywhere(&outcome, "foreign");
    assert!(outcome.uncertain.len() <= 2, "{outcome:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn losing_all_keys_is_a_gap_even_without_publishes() {
    let server = Server::start().await;
    let (node, idle) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = idle.client();
    node.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    server.ask("FLUSHALL").await;
    let Seen::Gap { reason, .. } = client.next().await else { panic!("no gap") };
    assert_eq!(reason, "foreign");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn losing_only_the_log_is_a_gap() {
    let server = Server::start().await;
    let traffic = Traffic::on(&server).await;
    traffic.go_on(20).await;
    server.ask(&format!("DEL {}", server.log().await)).await;
    gap_everywhere(&traffic.check(&server).await, "foreign");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn entries_trimmed_on_a_healthy_connection_are_a_gap() {
    let server = Server::start().await;
    let (one, slow) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = slow.client();
    one.publish("first").await;
    assert_eq!(client.until("first").await, ["first"]);
    slow.pause(true);
    let log = server.log().await;
    for number in 0..50 {
        one.publish(number).await;
    }
    server.ask(&format!("XTRIM {log} MAXLEN 5")).await;
    slow.pause(false);
    one.publish("last").await;
    let seen = client.until("last").await;
    // Events of an earlier read may come before the gap.
    let gap = seen.iter().position(|seen| seen == "gap trimmed").expect("a gap");
    assert!(seen[..gap].iter().zip(0..).all(|(seen, number)| *seen == number.to_string()));
    assert_eq!(seen[gap + 1..], ["45", "46", "47", "48", "49", "last"]);
    // The node that kept up lost nothing and has no gap.
    assert_eq!(one.client().until("last").await.len(), 52);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn entries_trimmed_while_a_tail_is_disconnected_are_a_gap() {
    let server = Server::start().await;
    let (one, away) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = away.client();
    one.publish("first").await;
    assert_eq!(client.until("first").await, ["first"]);
    away.pause(true);
    for number in 0..10 {
        one.publish(number).await;
    }
    server.ask(&format!("XTRIM {} MAXLEN 2", server.log().await)).await;
    kill_tails(&server).await;
    away.pause(false);
    one.publish("last").await;
    let seen = client.until("last").await;
    assert!(seen.ends_with(&["gap trimmed", "8", "9", "last"].map(str::to_owned)), "{seen:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn trimming_entries_that_all_have_read_is_not_a_gap() {
    let server = Server::start().await;
    let small = || Node::of(backend(&server).retention(Retention::default().events(100)));
    let traffic = Traffic::of([small().await, small().await]);
    traffic.go_on(1_000).await;
    let Value::Int(kept) = server.ask(&format!("XLEN {}", server.log().await)).await else {
        panic!("no number");
    };
    assert!(kept < 500, "{kept} are kept of more than 1,000");
    let outcome = traffic.check(&server).await;
    assert_eq!(outcome.gaps, [[""; 0], [""; 0]]);
}

/// Waits for the next millisecond. Within one, an ID would directly follow the last, with nothing between them.
pub(crate) async fn another_ms() {
    sleep(Duration::from_millis(2)).await;
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn an_emptied_log_continues_its_epoch() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = two.client();
    let id = one.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    server.ask(&format!("XTRIM {} MAXLEN 0", server.log().await)).await;
    another_ms().await;
    let again = one.publish(2).await;
    assert_eq!(id.as_str().split('.').next(), again.as_str().split('.').next(), "the same epoch");
    // Entries may have been between, so there is one gap.
    one.publish(3).await;
    assert_eq!(client.until("3").await, ["gap trimmed", "2", "3"]);
    let newer = Node::on(&server).await;
    assert_eq!(newer.client().until("3").await, ["2", "3"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_deleted_entry_is_at_most_a_gap() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    let mut client = two.client();
    one.publish(1).await;
    one.publish(2).await;
    let id = one.publish(3).await;
    assert_eq!(client.until("3").await, ["1", "2", "3"]);
    let log = server.log().await;
    let (_, at) = id.as_str().split_once('.').expect("an ID");
    assert_eq!(server.ask(&format!("XDEL {log} {at}")).await, Value::Int(1));
    another_ms().await;
    one.publish(4).await;
    one.publish(5).await;
    assert_eq!(client.until("5").await, ["gap trimmed", "4", "5"]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_failover_that_loses_acknowledged_events_is_a_gap() {
    let port = free_port();
    let mut primary = Server::with(&["--port", &port.to_string()]).await;
    let replica = Server::start().await;
    replica.ask(&format!("REPLICAOF 127.0.0.1 {port}")).await;
    let traffic = Traffic::on(&primary).await;
    traffic.go_on(20).await;
    loop {
        let Value::BulkString(info) = replica.ask("INFO replication").await else { panic!() };
        if String::from_utf8(info).expect("text").contains("master_link_status:up") {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    traffic.go_on(20).await;
    // Once disconnected, the replica misses the events that are acknowledged from now on.
    replica.ask("REPLICAOF NO ONE").await;
    traffic.go_on(50).await;
    primary.lead_to(&replica);
    primary.kill();
    gap_everywhere(&traffic.check(&replica).await, "foreign");
}
