//! Limits of open streams.

use sse_core::{EndReason, Refusal};

use super::{leaving, opening::OPENING, refusal::is_answered};
use crate::{
    Framework, Lab, Server,
    client::{LIMIT, Response, within},
    scenario,
};

/// A user's third stream is refused with 429, until the client of another leaves.
pub async fn a_stream_over_the_limit_is_refused_until_another_ends(framework: &'static Framework) {
    let (server, lab) = leaving::start(framework, framework.notices_leaving).await;
    let mut ends = lab.ends();
    let streams = [open(&server, "user-eve").await, open(&server, "user-eve").await];
    let error = lab.limiter().per("user", "eve").admit(scenario::start("idle", &lab));
    let refusal = Refusal::from(error.err().expect("two at most"));
    assert_eq!(refusal.status(), 429);
    is_answered(&server, "/jobs/user-eve", refusal).await;
    let other = open(&server, "user-bob").await;

    drop(streams);
    for _ in 0..2 {
        let end = within(framework.name, "an end", ends.recv()).await.expect("an end");
        assert_eq!(end.reason, EndReason::Dropped, "{}", framework.name);
    }
    // The stream is dropped right after its end was reported.
    let again = async {
        while lab.limiter().open_streams() > 1 {
            tokio::task::yield_now().await;
        }
        [open(&server, "user-eve").await, open(&server, "user-eve").await]
    };
    let again = within(framework.name, "two free places", again).await;
    drop((again, other));
}

/// Over such a limit, a request gets status 200, a reconnection time, and the end.
pub async fn an_event_source_may_be_asked_to_reconnect_later(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let first = open(&server, "later-eve").await;
    let mut over = server.get("/jobs/later-eve").await;
    assert_eq!(over.head.status, 200, "{}", framework.name);
    assert_eq!(over.read_all().await, format!("{OPENING}{RETURN}"), "{}", framework.name);
    drop(first);
}

/// A newer stream ends the oldest of its key, which learns when to reconnect.
pub async fn the_oldest_stream_may_be_ended(framework: &'static Framework) {
    let name = framework.name;
    let server = Server::start(framework, Lab::new()).await;
    let mut oldest = open(&server, "tab-eve").await;
    let other = open(&server, "tab-bob").await;
    for _ in 0..3 {
        let newer = open(&server, "tab-eve").await;
        let all = within(name, "an end", oldest.read_all()).await;
        assert_eq!(all, format!("{OPENING}{RETURN}"), "{name}");
        oldest = newer;
    }
    assert!(server.lab.shutdown().open_streams() >= 2, "{name}: only the oldest ends");
    drop((oldest, other));
}

/// Opens a stream, and reads until it is open.
async fn open(server: &Server, job: &str) -> Response {
    let mut response = server.get(&format!("/jobs/{job}")).await;
    let name = server.framework.name;
    assert_eq!(response.head.status, 200, "{name}: {job}, within {LIMIT:?}");
    response.read_to(OPENING).await;
    response
}

/// The reconnection time of [`scenario::RETURN`].
const RETURN: &str = "retry: 60000\n";
