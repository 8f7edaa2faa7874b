//! What is sent when nothing else is.

use std::time::Duration;

use sse_core::KeepAlive;
use tokio::time::Instant;

use super::opening::OPENING;
use crate::{Framework, Lab, Server};

/// The comment that is sent by default.
pub const COMMENT: &str = ": keep-alive\n";

const INTERVAL: Duration = Duration::from_millis(200);

/// A comment for each interval of silence: never early, and not much late.
pub async fn comes_after_each_silence_and_not_before(framework: &'static Framework) {
    let lab = Lab::with_config(|config| config.keep_alive(KeepAlive::every(INTERVAL)));
    let server = Server::start(framework, lab).await;
    let began = Instant::now();
    let mut response = server.get("/streams/idle").await;
    response.read_to(OPENING).await;
    for count in 1..=3 {
        response.forget();
        let name = framework.name;
        assert_eq!(response.read_to("\n").await, COMMENT, "{name}: comment {count}");
        // Each comes an interval after the one before, the first after the opening, which came
        // after we began.
        let (after, due) = (began.elapsed(), INTERVAL * count);
        assert!(after >= due, "{name}: comment {count} expected at {due:?}, seen at {after:?}");
        let late = due + SLACK;
        assert!(after < late, "{name}: comment {count} expected by {late:?}, seen at {after:?}");
    }
}

/// A stream that is never silent has none.
pub async fn is_not_sent_while_events_flow(framework: &'static Framework) {
    let lab = Lab::with_config(|config| config.keep_alive(KeepAlive::every(INTERVAL)));
    let server = Server::start(framework, lab).await;
    let began = Instant::now();
    let mut response = server.get("/streams/busy").await;
    while began.elapsed() < 2 * INTERVAL {
        response.next().await.expect("more of a stream without end");
    }
    let seen = response.text();
    assert!(!seen.contains(": keep-alive"), "{}: expected no comment in {seen}", framework.name);
}

/// The delay that a busy machine may add.
const SLACK: Duration = Duration::from_secs(3);
