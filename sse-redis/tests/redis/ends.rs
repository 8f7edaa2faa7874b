//! Topics that end, on every node, whatever is left on the server.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all};
use sse_core::Event;
use sse_hub::{Hub, PublishError, Start, SubscribeError, Subscription};

use crate::{
    loss::another_ms,
    node::{Node, backend},
    server::Server,
};

/// Returns the data of every event of a subscription until it ends.
async fn all(subscription: Subscription) -> Vec<String> {
    let frames: Vec<_> =
        tokio::time::timeout(Duration::from_secs(20), subscription.opening(None).collect())
            .await
            .expect("ends");
    let text: String =
        frames.iter().map(|frame| String::from_utf8_lossy(frame.as_bytes()).into_owned()).collect();
    let data = |line: &str| Some(line.strip_prefix("data: ")?.to_owned());
    text.lines().filter_map(data).collect()
}

fn earliest(node: &Node) -> Subscription {
    node.hub.subscribe("a").expect("subscribes").start(Start::Earliest)
}

/// Waits until a node knows that nothing follows this ID in an ended topic.
async fn knows_end(hub: &Hub, topic: &str, last: &sse_core::EventId) {
    for _ in 0..1_000 {
        match hub.subscribe_from(topic, last.clone()) {
            Err(error) => return assert_eq!(error, SubscribeError::Ended),
            Ok(lags) => drop(lags),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the node does not know of the end of {topic}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_topic_ends_on_every_node_and_its_end_outlives_its_entry() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    one.publish(1).await;
    let at_two = tokio::spawn(all(earliest(&two)));
    let last = one.hub.end("a", Event::data("done")).await.expect("ends");
    let silent = two.hub.end("c", None).await.expect("ends");
    assert_eq!(at_two.await.expect("no panic"), ["1", "done"]);
    assert_eq!(all(earliest(&one)).await, ["1", "done"]);

    for _ in 0..5 {
        one.hub.publish("b", Event::data("x")).await.expect("published");
    }
    let log = server.log().await;
    server.ask(&format!("XTRIM {log} MAXLEN 2")).await;
    another_ms().await;
    drop((one, two));
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    for node in [&one, &two] {
        for (topic, last) in [("a", &last), ("c", &silent)] {
            let resumed = node.hub.subscribe_from(topic, last.clone());
            assert_eq!(resumed.err(), Some(SubscribeError::Ended), "{topic}");
        }
        assert_eq!(node.try_publish("more").await, Err(PublishError::Ended));
        assert_eq!(node.hub.end("a", None).await, Err(PublishError::Ended));
        assert_eq!(node.hub.end("a", Event::data("x")).await, Err(PublishError::Ended));
        assert_eq!(all(earliest(node)).await, [""; 0]);
    }
    // The refused events are on the server, and every node skips them.
    let three = Node::on(&server).await;
    assert_eq!(all(earliest(&three)).await, [""; 0]);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_publish_that_races_an_end_is_delivered_before_it_or_refused() {
    let server = Server::start().await;
    let nodes = [Node::on(&server).await, Node::on(&server).await];
    for round in 0..20 {
        let topic = format!("topic {round}");
        let readers = nodes.iter().map(|node| {
            let events = node.hub.subscribe(&topic).expect("subscribes").start(Start::Earliest);
            tokio::spawn(all(events))
        });
        let readers: Vec<_> = readers.collect();
        let publish = |number: usize| {
            let (hub, topic) = (nodes[number % 2].hub.clone(), topic.clone());
            tokio::spawn(async move {
                let event = Event::data(number.to_string());
                match number % 10 {
                    7 => (number, hub.end(&topic, event).await),
                    _ => (number, hub.publish(&topic, event).await),
                }
            })
        };
        let published = join_all((0..40).map(publish)).await;
        let mut acknowledged = Vec::new();
        for published in published {
            match published.expect("no panic") {
                (number, Ok(_)) => acknowledged.push(number.to_string()),
                (_, Err(error)) => assert_eq!(error, PublishError::Ended),
            }
        }
        let mut seen = Vec::new();
        for reader in readers {
            seen.push(reader.await.expect("no panic"));
        }
        assert_eq!(seen[0], seen[1], "the nodes deliver the same");
        let ends =
            |numbers: &[String]| numbers.iter().filter(|number| number.ends_with('7')).count();
        assert_eq!(ends(&acknowledged), 1, "one of the ends counts");
        assert!(seen[0].last().is_some_and(|last| last.ends_with('7')), "{:?}", seen[0]);
        seen[0].sort_unstable();
        acknowledged.sort_unstable();
        assert_eq!(seen[0], acknowledged, "all acknowledged events are delivered, and no others");
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_node_that_misses_an_end_learns_of_it_with_the_gap() {
    let server = Server::start().await;
    let (one, lags) = (Node::on(&server).await, Node::on(&server).await);
    let events = tokio::spawn(all(earliest(&lags)));
    one.publish(1).await;
    another_ms().await;
    lags.pause(true);
    let last = one.hub.end("a", Event::data("done")).await.expect("ends");
    for _ in 0..5 {
        one.hub.publish("b", Event::data("x")).await.expect("published");
    }
    server.ask(&format!("XTRIM {} MAXLEN 1", server.log().await)).await;
    lags.pause(false);
    knows_end(&lags.hub, "a", &last).await;
    let seen = events.await.expect("no panic");
    let noticed =
        seen.iter().any(|data| data.contains("trimmed")) || seen.iter().any(|it| it == "done");
    assert!(noticed, "{seen:?}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_lost_set_of_ends_is_written_again() {
    let server = Server::start().await;
    let one = Node::on(&server).await;
    one.hub.end("a", None).await.expect("ends");
    let last = one.hub.end("c", Event::data("done")).await.expect("ends");
    let log = server.log().await;
    let ends = log.replace(":log:", ":ends:");
    let before = server.ask(&format!("ZRANGE {ends} 0 -1 WITHSCORES")).await;
    server.ask(&format!("DEL {ends}")).await;
    one.hub.publish("b", Event::data("x")).await.expect("published");
    for _ in 0..1_000 {
        if server.ask(&format!("EXISTS {ends}")).await == server.ask("EXISTS {sse}:epoch").await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.ask(&format!("ZRANGE {ends} 0 -1 WITHSCORES")).await, before);
    server.ask(&format!("XTRIM {log} MAXLEN 0")).await;
    let new = Node::on(&server).await;
    assert_eq!(new.try_publish("more").await, Err(PublishError::Ended));
    assert_eq!(new.hub.subscribe_from("c", last).err(), Some(SubscribeError::Ended));
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_topic_begins_again_on_every_node_once_its_end_is_forgotten() {
    let server = Server::start().await;
    let time = Duration::from_millis(500);
    let builder = || backend(&server).remember_ends(time);
    let (one, two) = (Node::of(builder()).await, Node::of(builder()).await);
    one.hub.end("a", Event::data("done")).await.expect("ends");
    assert_eq!(two.try_publish("too soon").await, Err(PublishError::Ended));
    tokio::time::sleep(2 * time).await;
    two.publish("again").await;
    let last = two.hub.end("a", Event::data("done again")).await.expect("ends");
    let new = Node::of(builder()).await;
    for node in [&one, &two, &new] {
        knows_end(&node.hub, "a", &last).await;
        assert_eq!(all(earliest(node)).await, ["done", "again", "done again"]);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_lost_takes_its_ends_with_it() {
    let server = Server::start().await;
    let one = Node::on(&server).await;
    one.hub.end("a", Event::data("done")).await.expect("ends");
    server.ask(&format!("DEL {}", server.log().await)).await;
    one.publish("again").await;
    let last = one.hub.end("a", Event::data("done again")).await.expect("ends");
    assert_eq!(all(earliest(&one)).await, ["again", "done again"]);
    assert_eq!(one.hub.subscribe_from("a", last).err(), Some(SubscribeError::Ended));
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_log_that_is_renamed_keeps_its_ends() {
    let server = Server::start().await;
    let one = Node::on(&server).await;
    let publish = async || one.hub.publish("b", Event::data("x")).await.expect("published");
    one.hub.end("a", Event::data("done")).await.expect("ends");
    publish().await;
    let log = server.log().await;
    server.ask(&format!("XTRIM {log} MAXLEN 1")).await;
    // This copy is what a replica that is behind would have.
    server.ask(&format!("COPY {log} {{sse}}:behind")).await;
    another_ms().await;
    let newest = publish().await;
    knows_end(&one.hub, "a", &newest).await;
    server.ask(&format!("RENAME {{sse}}:behind {log}")).await;
    for _ in 0..1_000 {
        if server.log().await != log {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(server.log().await, log, "another epoch has begun");
    let newest = publish().await;
    knows_end(&one.hub, "a", &newest).await;
    assert_eq!(one.try_publish("more").await, Err(PublishError::Ended));
}
