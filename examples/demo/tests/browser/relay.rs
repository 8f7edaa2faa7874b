//! The relay's page on each framework.

use rustix::process::Signal;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_relay_loses_no_event_when_its_source_dies_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_relay_loses_no_event_when_its_source_dies_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_relay_loses_no_event_when_its_source_dies_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_relay_loses_no_event_when_its_source_dies_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let source = Server::start(framework, 0).await;
    let subject = format!("relay on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    // The gallery relays its own clock.
    browser.go_to(&source.url).await;
    browser.click("a[href='relay/']").await;
    browser.shows("framework", framework.name).await;
    assert_eq!(ids(&browser, 1).await, ["#2"], "{subject}: the gallery's own clock");

    // Another server relays that clock as well.
    let clock = format!("{}clock/events", source.url);
    let server = Server::start_with(framework, 0, &[], &[("UPSTREAM", &clock)]).await;
    browser.go_to(&format!("{}relay/", server.url)).await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;
    assert_goes_on(&subject, &ids(&browser, 1).await);

    // The source dies. The relay answers anyway, even to a page that is opened then, so the browser keeps
    // trying.
    let port = source.port;
    source.stop(Signal::KILL).await;
    let trouble = "The source cannot be reached, or its connection broke. The browser tries again.";
    browser.shows("trouble", trouble).await;
    browser.shows("state", "reconnecting").await;
    browser.click("#close").await;
    browser.shows("trouble", "").await;
    browser.click("#reopen").await;
    browser.shows("trouble", trouble).await;
    browser.shows("state", "reconnecting").await;

    // The source is back, and the next ID follows the last one.
    let before = ids(&browser, 1).await.len();
    let source = Server::start(framework, port).await;
    assert_goes_on(&subject, &ids(&browser, before + 1).await);
    browser.shows("trouble", "").await;
    browser.shows("state", "open").await;
    let events = ids(&browser, 1).await.len();
    browser.shows("count", &format!("{events} events, 0 missing, 0 repeated")).await;

    // A page that disconnects also ends its connection to the source.
    browser.click("#close").await;
    browser.shows("state", "closed").await;
    let noticed = async || match source.ended_streams() {
        1 => Ok(()),
        ended => Err(format!("{ended} streams ended")),
    };
    browser.eventually("the source to notice", noticed).await;
}

/// Returns the IDs on the page, oldest first, once there are at least this many.
async fn ids(browser: &Browser, at_least: usize) -> Vec<String> {
    let look = async || {
        let rows = browser.rows("result").await;
        if rows.len() < at_least {
            return Err(format!("{rows:?}"));
        }
        Ok(rows.iter().map(|row| row.lines().next().unwrap_or_default().to_owned()).collect())
    };
    browser.eventually(&format!("{at_least} relayed events"), look).await
}

/// Fails unless these are the even numbers, starting with 2.
#[track_caller]
fn assert_goes_on(subject: &str, ids: &[String]) {
    let expected: Vec<_> = (1..=ids.len()).map(|n| format!("#{}", 2 * n)).collect();
    assert_eq!(ids, expected, "{subject}: the IDs on the page");
}
