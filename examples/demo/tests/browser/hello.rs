//! The hello page on each framework.

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn messages_arrive_one_by_one_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn messages_arrive_one_by_one_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn messages_arrive_one_by_one_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn messages_arrive_one_by_one_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("hello on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    let gallery = browser.open_tab().await;
    browser.go_to(&server.url).await;
    browser.click("a[href='hello/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;

    // Three messages arrive one by one, each a second after the one before.
    let arrived = arrivals(&browser, 3).await;
    let took = arrived[2] - arrived[0];
    assert!(took >= 1_500, "{subject}: expected three messages in 2 s, saw them in {took} ms");

    browser.close_tab(&gallery).await;
    browser
        .eventually("the server to notice that the tab closed", async || {
            match server.ended_streams() {
                1 => Ok(()),
                ended => Err(format!("{ended} streams ended")),
            }
        })
        .await;
}

/// Returns when each message arrived, in ms and in the order of the page, once there are at least this
/// many.
async fn arrivals(browser: &Browser, at_least: usize) -> Vec<i64> {
    let look = async || {
        let mut rows = browser.rows("message-container").await;
        rows.reverse(); // this list shows the newest last
        match rows.iter().map(|row| arrival(row)).collect::<Option<Vec<_>>>() {
            Some(arrivals) if arrivals.len() >= at_least && arrivals.is_sorted() => Ok(arrivals),
            _ => Err(format!("{rows:?}")),
        }
    };
    browser.eventually(&format!("{at_least} times \"Hello from server\""), look).await
}

fn arrival(row: &str) -> Option<i64> {
    row.strip_prefix("Hello from server\n")?.strip_suffix(" ms")?.parse().ok()
}
