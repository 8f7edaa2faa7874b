//! HTTP/2 streams whose client gives them no window.

use std::time::Duration;

use sse_core::{Drain, EndReason};
use tokio::time::sleep;

use super::drain::until_stuck;
use crate::{
    Framework, Lab, Server,
    client::{Http2, Request, within},
};

/// A stream that may not send a byte is not polled, so neither a keep-alive nor its maximum age ends it;
/// the end of its connection does. Streams of other connections continue meanwhile.
pub async fn a_stream_without_a_window_ends_with_its_connection(framework: &'static Framework) {
    let name = framework.name;
    let lab = Lab::with_config(|config| config.max_age(Duration::from_millis(300)));
    let server = Server::start(framework, lab.clone()).await;
    let mut ends = lab.ends();
    let connection = Http2::open_without_window(name, server.address).await;
    let held = connection.ask(&Request::get("/streams/always")).await;
    until_stuck(&lab).await;

    for _ in 0..3 {
        server.get("/streams/idle").await.read_all().await;
        let end = within(name, "the end of a stream that is read", ends.recv()).await;
        assert_eq!(end.expect("an end").reason, EndReason::MaxAge, "{name}");
    }
    assert_eq!(lab.shutdown().open_streams(), 1, "{name}: streams without a window");

    drop((held, connection));
    let end = within(name, "the end of a stream without a window", ends.recv()).await;
    assert_eq!(end.expect("an end").reason, EndReason::Dropped, "{name}");
    // The end is reported shortly before the stream has left.
    let left = async {
        while lab.shutdown().open_streams() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    within(name, "the stream to leave", left).await;
}

/// Such a stream delays a stop until the drain's deadline, not longer.
pub async fn a_stream_without_a_window_is_abandoned_at_the_deadline(framework: &'static Framework) {
    let name = framework.name;
    let deadline = Duration::from_secs(1);
    let drain = Drain::default().spread(Duration::ZERO).deadline(deadline);
    let lab = Lab::with(|config| config, drain.clone());
    let server = Server::start(framework, lab.clone()).await;
    let connection = Http2::open_without_window(name, server.address).await;
    let held = connection.ask(&Request::get("/streams/always")).await;
    until_stuck(&lab).await;

    let stopping = server.stop();
    within(name, "the drain to begin", lab.shutdown().draining()).await;
    let report = within(name, "the drain to be over", lab.shutdown().begin(drain)).await;
    assert_eq!((report.ended, report.abandoned), (0, 1), "{name}: (ended, abandoned)");
    let took = stopping.stopped().await;
    let late = 2 * deadline;
    assert!(took <= late, "{name}: expected to stop by {late:?}, stopped at {took:?}");
    drop((held, connection));
}
