//! How streams end, and how their ends are reported.

use std::time::{Duration, SystemTime};

use sse_core::{EndReason, Event, Expiry, KeepAlive};
use tokio::time::Instant;

use super::opening::OPENING;
use crate::{Framework, Lab, Server, client::within};

/// Each end of a stream is reported, with its reason and as many bytes as the client saw.
pub async fn each_end_is_reported_with_its_reason(framework: &'static Framework) {
    let name = framework.name;
    let lab =
        Lab::with_config(|config| config.keep_alive(KeepAlive::every(Duration::from_millis(300))));
    let server = Server::start(framework, lab.clone()).await;
    let mut ends = lab.ends();

    for (scenario, expected) in [("ready", EndReason::Finished), ("error", EndReason::Error)] {
        let mut response = server.get(&format!("/streams/{scenario}")).await;
        let bytes = response.read_all().await.len() as u64;
        let end = within(name, "an end", ends.recv()).await.expect("an end");
        assert_eq!((end.reason, end.bytes), (expected, bytes), "{name}: end of {scenario}");
    }

    let mut response = server.get("/streams/idle").await;
    response.read_to(OPENING).await;
    drop(response);
    let end = within(name, "an end", ends.recv()).await.expect("an end");
    assert_eq!(end.reason, EndReason::Dropped, "{name}: end by the client");

    let mut response = server.get("/streams/idle").await;
    response.read_to(OPENING).await;
    let stopping = server.stop();
    let bytes = response.read_all().await.len() as u64;
    let end = within(name, "an end", ends.recv()).await.expect("an end");
    assert_eq!((end.reason, end.bytes), (EndReason::Shutdown, bytes), "{name}: end by a drain");
    stopping.stopped().await;
}

/// A stream that panics is reported as such, not as a client that left.
pub async fn a_panic_is_reported_as_a_panic(framework: &'static Framework) {
    let name = framework.name;
    let lab = Lab::new();
    let server = Server::start(framework, lab.clone()).await;
    let mut ends = lab.ends();
    let mut response = server.get("/streams/panic").await;
    response.read_to("data: event 0\n\n").await;
    lab.step();
    let end = within(name, "an end", ends.recv()).await.expect("an end");
    assert_eq!(end.reason, EndReason::Panicked, "{name}");
}

/// A stream that reached its age ends completely, not before, and says why.
pub async fn max_age_ends_a_stream(framework: &'static Framework) {
    let name = framework.name;
    let age = Duration::from_millis(300);
    let lab = Lab::with_config(|config| config.max_age(age));
    let server = Server::start(framework, lab.clone()).await;
    let mut ends = lab.ends();
    for scenario in ["idle", "busy"] {
        let began = Instant::now();
        let mut response = server.get(&format!("/streams/{scenario}")).await;
        let body = response.read_all().await;
        let after = began.elapsed();
        assert!(
            body == OPENING || body.ends_with("\n\n"),
            "{name}, {scenario}: expected whole events, seen {body:?}"
        );
        assert!(after >= age, "{name}, {scenario}: expected the end at {age:?}, seen at {after:?}");
        let end = within(name, "an end", ends.recv()).await.expect("an end");
        assert_eq!(end.reason, EndReason::MaxAge, "{name}, {scenario}");
        assert!(end.age >= age, "{name}, {scenario}: expected {age:?}, reported {:?}", end.age);
    }
}

/// A stream that expires sends its notice, ends completely, not before, and says why.
pub async fn an_expired_stream_ends_after_its_notice(framework: &'static Framework) {
    let name = framework.name;
    let (before, began) = (Duration::from_millis(400), Instant::now());
    let renew = Event::data("").event("renew");
    let at = SystemTime::now() + Duration::from_millis(800);
    let lab = Lab::with_config(|config| config.expires_at(Expiry::at(at).notice(before, renew)));
    let server = Server::start(framework, lab.clone()).await;
    let mut response = server.get("/streams/idle").await;
    let body = response.read_to("event: renew\ndata: \n\n").await;
    let notified = began.elapsed();
    assert!(body.starts_with(OPENING), "{name}: {body:?}");
    assert!(notified >= before, "{name}: expected the notice at {before:?}, seen at {notified:?}");
    let all = response.read_all().await;
    assert_eq!(all, format!("{OPENING}event: renew\ndata: \n\n"), "{name}");
    let ended = began.elapsed();
    assert!(ended >= 2 * before, "{name}: expected the end at {:?}, seen at {ended:?}", 2 * before);
    let end = within(name, "an end", lab.ends().recv()).await.expect("an end");
    assert_eq!(end.reason, EndReason::Expired, "{name}");
}
