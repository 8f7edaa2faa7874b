//! The ping page on each framework.

use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn pings_and_messages_arrive_until_the_page_closes_the_stream_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn pings_and_messages_arrive_until_the_page_closes_the_stream_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn pings_and_messages_arrive_until_the_page_closes_the_stream_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn pings_and_messages_arrive_until_the_page_closes_the_stream_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("ping on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='ping/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;
    let list = list(&browser, 3, 1).await;
    let took = list.pings[2].duration_since(list.pings[0]).as_millis();
    assert!(took >= 1_500, "{subject}: expected three pings in 2 s, saw them in {took} ms");

    browser.click("#close").await;
    browser.shows("state", "closed").await;
    let closed = browser.rows("list").await;
    browser
        .eventually("the server to notice", async || match server.ended_streams() {
            1 => Ok(()),
            ended => Err(format!("{ended} streams ended")),
        })
        .await;
    let end = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < end {
        assert_eq!(browser.rows("list").await, closed, "{subject}: events after Close");
        sleep(Duration::from_millis(100)).await;
    }
    browser.shows("error", "").await;

    browser.go_to(&format!("{}ping/", server.url)).await;
    browser.shows("state", "open").await;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    let lost = "The connection was lost; the browser reconnects.";
    browser.shows("error", lost).await;
    browser.shows("state", "reconnecting").await;
}

/// The server's times in the page's list, oldest first.
#[derive(Default)]
struct List {
    pings: Vec<Timestamp>,
    messages: Vec<Timestamp>,
}

/// Returns the list, once there are at least this many of each.
async fn list(browser: &Browser, pings: usize, messages: usize) -> List {
    let look = async || {
        let rows = browser.rows("list").await;
        match List::parse(&rows) {
            Some(list) if list.pings.len() >= pings && list.messages.len() >= messages => Ok(list),
            _ => Err(format!("{rows:?}")),
        }
    };
    browser.eventually(&format!("{pings} pings and {messages} messages"), look).await
}

impl List {
    fn parse(rows: &[String]) -> Option<Self> {
        let mut list = Self::default();
        for row in rows {
            match row.split_once('\n')? {
                ("ping", time) => list.pings.push(time.parse().ok()?),
                ("message", text) => {
                    let time = text.strip_prefix("This is a message at time ")?;
                    list.messages.push(time.parse().ok()?);
                }
                _ => return None,
            }
        }
        Some(list)
    }
}
