//! Entries that other programs append.

use redis::cmd;

use crate::{node::Node, server::Server};

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn entries_that_are_not_events_are_skipped() {
    let server = Server::start().await;
    let (one, two) = (Node::on(&server).await, Node::on(&server).await);
    let (mut at_one, mut at_two) = (one.client(), two.client());
    one.publish("first").await;
    let log = server.log().await;
    for fields in [
        &[&b"x"[..], b"y"][..],
        &[b"t", b"a"],
        &[b"t", b"a", b"b", b"data: 1\n\n", b"c", b"d"],
        &[b"b", b"data: 1\n\n", b"t", b"a"],
        &[b"t", b"", b"b", b"data: 1\n\n"],
        &[b"t", b"a\r\nb", b"b", b"data: 1\n\n"],
        &[b"t", b"\xff\xfe", b"b", b"data: 1\n\n"],
        &[b"t", &[b'x'; 256], b"b", b"data: 1\n\n"],
        &[b"t", b"a", b"b", b""],
        &[b"t", b"a", b"b", b"\n\n"],
        &[b"t", b"a", b"b", b"data: 1"],
        &[b"t", b"a", b"b", b"data: 1\n"],
        &[b"t", b"a", b"b", b"data: 1\n\ndata: 2\n\n"],
        &[b"t", b"a", b"b", b"id: x.1\ndata: 1\n\n"],
        &[b"t", b"a", b"b", b"data: 1\rid: x.1\n\n"],
        &[b"epoch", b"another"],
    ] {
        let mut add = cmd("XADD");
        add.arg(&log).arg("*").arg(fields);
        let added: String = add.query_async(&mut server.connection().await).await.expect("added");
        assert!(added.contains('-'));
    }
    one.publish("last").await;
    assert_eq!(at_one.until("last").await, ["first", "last"]);
    assert_eq!(at_two.until("last").await, ["first", "last"]);
    // A starting node and a page skip them too.
    let three = Node::on(&server).await;
    assert_eq!(three.client().until("last").await, ["first", "last"]);
}
