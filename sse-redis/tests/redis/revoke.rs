//! Revocations and tickets, on several nodes.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all};
use sse_hub::{Principal, Subscription, TicketError};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::{loss::another_ms, node::Node, server::Server};

fn ada() -> Principal {
    Principal::new("ada").expect("short")
}

fn of(node: &Node, principal: &Principal) -> Subscription {
    node.hub.subscribe("a").expect("subscribes").principal(principal)
}

/// Reads a subscription until it ends.
async fn ends(mut subscription: Subscription) {
    let all = async { while subscription.next().await.is_some() {} };
    timeout(Duration::from_secs(60), all).await.expect("ends");
}

async fn three(server: &Server) -> [Node; 3] {
    [Node::on(server).await, Node::on(server).await, Node::on(server).await]
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_ends_10_000_streams_on_three_nodes_within_a_second() {
    const STREAMS: usize = 10_000;
    let server = Server::start().await;
    let nodes = three(&server).await;
    let bob = Principal::new("bob").expect("short");
    let mut others: Vec<_> = nodes.iter().map(|node| of(node, &bob)).collect();
    for other in &mut others {
        other.next().await.expect("the opening event");
    }
    let mut streams = JoinSet::new();
    let mut opened = Vec::new();
    for node in nodes.iter().cycle().take(STREAMS) {
        let subscription = of(node, &ada());
        let (open, is_open) = tokio::sync::oneshot::channel();
        opened.push(is_open);
        streams.spawn(async move {
            let mut subscription = subscription;
            subscription.next().await.expect("the opening event");
            open.send(()).expect("the test waits");
            ends(subscription).await;
        });
    }
    for open in opened {
        open.await.expect("no panic");
    }
    let start = Instant::now();
    nodes[0].hub.revoke(&ada()).await.expect("revokes");
    let resolved = start.elapsed();
    while let Some(ended) = streams.join_next().await {
        ended.expect("no panic");
    }
    let took = start.elapsed();
    println!("{STREAMS} streams: resolved after {resolved:?}, all ended after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    for (node, other) in nodes.iter().zip(&mut others) {
        assert_eq!(node.hub.stats().subscribers, 1);
        node.publish("still open").await;
        assert!(other.next().await.is_some(), "another principal's is open");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn one_ticket_raced_by_100_requests_on_three_nodes_opens_one_stream() {
    let server = Server::start().await;
    let nodes = three(&server).await;
    for round in 0..10 {
        let lifetime = Duration::from_secs(60);
        let ticket = nodes[round % 3].hub.issue_ticket(&ada(), lifetime).await.expect("room");
        let request = |number: usize| {
            let (hub, ticket) = (nodes[number % 3].hub.clone(), ticket.clone());
            tokio::spawn(async move {
                let principal = hub.redeem_ticket(ticket.as_str()).await?;
                Ok(hub.subscribe("a").expect("subscribes").principal(&principal))
            })
        };
        let requests = join_all((0..100).map(request)).await;
        let (opened, refused): (Vec<_>, Vec<_>) =
            requests.into_iter().map(|request| request.expect("no panic")).partition(Result::is_ok);
        assert_eq!(opened.len(), 1);
        assert!(refused.iter().all(|it| it.as_ref().err() == Some(&TicketError::Refused)));
        let subscribers: usize = nodes.iter().map(|node| node.hub.stats().subscribers).sum();
        assert_eq!(subscribers, 1);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_node_that_misses_a_revocation_ends_all_streams_that_have_a_principal() {
    let server = Server::start().await;
    let (one, lags) = (Node::on(&server).await, Node::on(&server).await);
    let ticket = one.hub.issue_ticket(&ada(), Duration::from_secs(60)).await.expect("room");
    another_ms().await;
    lags.publish(1).await;
    let bob = Principal::new("bob").expect("short");
    let streams = [ada(), bob].map(|who| tokio::spawn(ends(of(&lags, &who))));
    lags.client().until("1").await;
    lags.pause(true);
    one.hub.revoke(&ada()).await.expect("revokes");
    for number in 2..5 {
        one.publish(number).await;
    }
    server.ask(&format!("XTRIM {} MAXLEN 1", server.log().await)).await;
    lags.pause(false);
    for stream in streams {
        stream.await.expect("it ends");
    }
    lags.client().until("4").await;
    let refused = lags.hub.redeem_ticket(ticket.as_str()).await;
    assert_eq!(refused, Err(TicketError::Refused));
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_lost_ends_all_streams_that_have_a_principal() {
    let server = Server::start().await;
    let node = Node::on(&server).await;
    let stream = tokio::spawn(ends(of(&node, &ada())));
    let ticket = node.hub.issue_ticket(&ada(), Duration::from_secs(60)).await.expect("room");
    server.ask("FLUSHALL").await;
    node.publish("again").await;
    stream.await.expect("it ends");
    let refused = node.hub.redeem_ticket(ticket.as_str()).await;
    assert_eq!(refused, Err(TicketError::Refused));
}
