//! A client that leaves.

use std::time::Duration;

use sse_core::{EndReason, KeepAlive};
use tokio::time::timeout;

use super::{keep_alive::COMMENT, opening::OPENING};
use crate::{
    Framework, Lab, NoticesLeaving, Server,
    client::{Connection, Http2, LIMIT, Request},
};

/// A connection that the client closed frees its stream.
pub async fn a_closed_connection_is_noticed(framework: &'static Framework) {
    let (server, lab) = start(framework, framework.notices_leaving).await;
    let mut response = server.get("/streams/idle").await;
    response.read_to(OPENING).await;
    drop(response);
    check(framework, framework.notices_leaving, &lab).await;
}

/// A connection that the client half closed frees its stream, except where that is allowed.
pub async fn a_closed_half_is_noticed(framework: &'static Framework) {
    let (server, lab) = start(framework, framework.notices_leaving).await;
    let mut response = server.get("/streams/idle").await;
    response.read_to(OPENING).await;
    let mut connection = Connection::after(response);
    connection.close_half().await;
    check(framework, framework.notices_leaving, &lab).await;
}

/// The reset of an HTTP/2 stream frees it while its connection stays open.
pub async fn a_reset_http_2_stream_is_noticed(framework: &'static Framework) {
    let (server, lab) = start(framework, framework.notices_reset).await;
    let connection = Http2::open(framework.name, server.address).await;
    let mut response = connection.ask(&Request::get("/streams/idle")).await;
    response.read_to(OPENING).await;
    drop(response);
    check(framework, framework.notices_reset, &lab).await;
}

/// A server that is expected to notice a lost client at once gets no help from keep-alives.
pub(super) async fn start(framework: &'static Framework, notices: NoticesLeaving) -> (Server, Lab) {
    let interval = match notices {
        NoticesLeaving::AtOnce => 2 * LIMIT,
        NoticesLeaving::AfterKeepAlives(_) => Duration::from_millis(300),
    };
    let lab = Lab::with_config(|config| config.keep_alive(KeepAlive::every(interval)));
    (Server::start(framework, lab.clone()).await, lab)
}

/// The bytes that the stream wrote before its end show how many keep-alives it took, without a clock.
pub(super) async fn check(framework: &Framework, notices: NoticesLeaving, lab: &Lab) {
    let name = framework.name;
    let end = timeout(LIMIT, lab.ends().recv()).await;
    let Ok(Some(end)) = end else {
        panic!("{name}: expected to notice a client that left {notices:?}, nothing seen")
    };
    assert_eq!(end.reason, EndReason::Dropped, "{name}");
    let keep_alives = (end.bytes - OPENING.len() as u64) / COMMENT.len() as u64;
    let expected = match notices {
        NoticesLeaving::AtOnce => 0,
        NoticesLeaving::AfterKeepAlives(count) => count,
    };
    assert!(
        keep_alives <= expected,
        "{name}: expected to notice a client that left after {expected} keep-alives, seen after {keep_alives}"
    );
}
