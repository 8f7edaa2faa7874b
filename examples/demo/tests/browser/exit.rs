//! How long a server takes to stop while a page has a stream open.

use std::{
    io::{Write, stderr},
    time::Duration,
};

use rustix::process::Signal;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn_alone};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn axum_exits_within_a_second() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn actix_exits_within_a_second() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn warp_exits_within_a_second() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn rocket_exits_within_a_second() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn_alone().await;
    let name = framework.name;
    let browser = Browser::start(format!("clock on {name}")).await;
    for (signal, signal_name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let server = Server::start(framework, 0).await;
        browser.go_to(&format!("{}clock/", server.url)).await;
        browser.shows("state", "open").await;

        let (took, status) = server.stop(signal).await;
        let figure = format!("signal-to-exit {name} {signal_name} {:.2} s\n", took.as_secs_f32());
        // The test harness hides the output of `eprintln!` when a test passes.
        stderr().write_all(figure.as_bytes()).unwrap();
        assert!(status.success(), "{name} at {signal_name}: {status}");
        assert!(took < Duration::from_secs(1), "{name} at {signal_name}: exit after {took:?}");
        browser.shows("state", "reconnecting").await;
    }
}
