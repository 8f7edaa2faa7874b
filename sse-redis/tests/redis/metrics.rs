//! The metrics of the backend.

use std::{collections::BTreeMap, time::Duration};

use metrics::set_default_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::time::sleep;

use crate::{node::Node, server::Server};

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn appends_and_reconnects_are_measured() {
    let recorder = DebuggingRecorder::new();
    let _guard = set_default_local_recorder(&recorder);
    let server = Server::start().await;
    let node = Node::on(&server).await;
    let mut client = node.client();
    node.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    server.ask("CLIENT KILL TYPE normal").await;
    // The connection notices its end.
    sleep(Duration::from_millis(100)).await;
    node.publish(2).await;
    assert_eq!(client.until("2").await, ["2"]);
    node.hub.end("a", None).await.expect("ended");
    node.try_publish(3).await.expect_err("ended");

    let mut seen = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let label = key.key().labels().map(|label| label.value().to_owned()).collect::<String>();
        let count = match value {
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Counter(count) => count,
            DebugValue::Gauge(_) => continue,
        };
        seen.insert(format!("{} {label}", key.key().name()), count);
    }
    for (name, count) in [
        ("sse_redis_append_seconds ok", 3),
        ("sse_redis_append_seconds ended", 1),
        ("sse_redis_reconnects_total appends", 1),
        ("sse_redis_reconnects_total tail", 1),
    ] {
        assert_eq!(seen.get(name), Some(&count), "{name}: {seen:?}");
    }
}
