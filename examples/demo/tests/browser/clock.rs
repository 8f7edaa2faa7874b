//! The clock's page on each framework.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_clock_continues_after_a_restart_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_clock_continues_after_a_restart_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_clock_continues_after_a_restart_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_clock_continues_after_a_restart_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("clock on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.shows("framework", framework.name).await;
    browser.click("a[href='clock/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;
    let first = times(&browser, 3).await;
    assert_eq!(first[0].count, 1, "{subject}: a new client's first count");
    assert_goes_on(&subject, &first);

    browser.click("#close").await;
    browser.shows("state", "closed").await;
    browser
        .eventually("the server to notice", async || match server.ended_streams() {
            1 => Ok(()),
            ended => Err(format!("{ended} streams ended")),
        })
        .await;
    let closed = times(&browser, 3).await;
    let end = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < end {
        assert_eq!(times(&browser, 3).await, closed, "{subject}: times after Close");
        sleep(Duration::from_millis(100)).await;
    }

    browser.click("#reopen").await;
    times(&browser, closed.len() + 1).await;

    let port = server.port;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "reconnecting").await;
    let before = times(&browser, 0).await;
    let _server = Server::start(framework, port).await;
    browser.shows("state", "open").await;
    let after = times(&browser, before.len() + 2).await;
    assert_goes_on(&subject, &after[before.len() - 1..]);

    let log = browser.rows("log").await;
    let log: Vec<_> = log.iter().filter_map(|row| row.lines().next()).collect();
    let expected = "connecting, open, first time, closed, \
        connecting, open, first time, reconnecting, open, first time";
    assert_eq!(log.join(", "), expected, "{subject}: the connection");
}

/// A row of the page's times.
#[derive(Debug, PartialEq)]
struct Row {
    /// The event's ID.
    count: u64,
    /// As the server wrote it.
    time: String,
}

/// Returns the times on the page, oldest first, once there are at least this many.
async fn times(browser: &Browser, at_least: usize) -> Vec<Row> {
    let look = async || {
        let rows = browser.rows("result").await;
        let times: Option<Vec<_>> = rows.iter().map(|row| Row::parse(row)).collect();
        match times {
            Some(times) if times.len() >= at_least => Ok(times),
            _ => Err(format!("{rows:?}")),
        }
    };
    browser.eventually(&format!("{at_least} times"), look).await
}

impl Row {
    fn parse(row: &str) -> Option<Self> {
        let (count, time) = row.strip_prefix('#')?.split_once('\n')?;
        Some(Self { count: count.parse().ok()?, time: time.to_owned() })
    }
}

/// Fails unless each row has the next count and a later time.
#[track_caller]
fn assert_goes_on(subject: &str, rows: &[Row]) {
    for pair in rows.windows(2) {
        let goes_on = pair[1].count == pair[0].count + 1 && pair[1].time > pair[0].time;
        assert!(goes_on, "{subject}: expected each row to follow the one before, saw {rows:?}");
    }
}
