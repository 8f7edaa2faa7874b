//! The page of `cors` on each framework.

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn only_the_allowed_origin_reads_the_stream_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn only_the_allowed_origin_reads_the_stream_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn only_the_allowed_origin_reads_the_stream_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn only_the_allowed_origin_reads_the_stream_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("cors on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    // The gallery's card leads to the page at the origin that the stream allows.
    browser.go_to(&server.url).await;
    browser.click("a[href='cors/']").await;
    let port = server.port;
    browser.shows("here", &format!("http://app.example.localhost:{port}")).await;
    browser.shows("there", &format!("http://api.example.localhost:{port}")).await;
    browser.shows("allowed", "which the stream allows").await;
    browser.shows("framework", framework.name).await;

    // Without the cookie, an EventSource gives up without a reason; a fetch reads the response.
    browser.click("#source").await;
    browser.shows("state", "closed").await;
    browser.shows("error", GAVE_UP).await;
    browser.click("#fetch").await;
    browser.shows("error", "The stream's server answered 401: no cookie.").await;
    browser.shows("state", "closed").await;

    // With the cookie, events arrive, and a fetch that sends the last event ID gets the next ones.
    browser.click("#give").await;
    browser.shows("cookie", "The browser has the cookie.").await;
    browser.click("#source").await;
    browser.shows("state", "open").await;
    let events = rows(&browser, 2).await;
    browser.click("#close").await;
    let mut expected: Vec<_> =
        (1..=events.len()).map(|n| format!("EventSource\nevent {n}")).collect();
    assert_eq!(events, expected, "{subject}");
    browser.click("#fetch").await;
    browser.shows("state", "open").await;
    let events = rows(&browser, expected.len() + 2).await;
    expected.extend((expected.len() + 1..=events.len()).map(|n| format!("fetch\nevent {n}")));
    assert_eq!(events, expected, "{subject}: after the preflight of Last-Event-ID");
    browser.click("#close").await;

    // Another origin of the same site, so the browser sends the cookie.
    browser.click("#other").await;
    browser.shows("here", &format!("http://other.example.localhost:{port}")).await;
    browser.shows("allowed", "which the stream does not allow").await;
    browser.click("#source").await;
    browser.shows("state", "closed").await;
    browser.shows("error", GAVE_UP).await;
    browser.click("#fetch").await;
    browser.shows("state", "closed").await;
    let hidden = "The browser hides the response from this page, if there was one: \
        the stream's server does not allow this page's origin.";
    browser.shows("error", hidden).await;
    assert_eq!(browser.rows("list").await, [""; 0], "{subject}: another origin's events");

    // The allowed origin still has the cookie. Without it, the stream refuses again.
    browser.click("#app").await;
    browser.shows("allowed", "which the stream allows").await;
    browser.click("#source").await;
    browser.shows("state", "open").await;
    browser.click("#take").await;
    browser.shows("cookie", "The browser has no cookie.").await;
    browser.click("#source").await;
    browser.shows("state", "closed").await;
    browser.shows("error", GAVE_UP).await;
}

/// Waits for this number of events; returns all of them.
async fn rows(browser: &Browser, count: usize) -> Vec<String> {
    let look = async || {
        let rows = browser.rows("list").await;
        if rows.len() >= count { Ok(rows) } else { Err(format!("{rows:?}")) }
    };
    browser.eventually(&format!("{count} events"), look).await
}

const GAVE_UP: &str = "The browser gave up, and an EventSource does not report why: the stream's \
    server does not allow this page's origin, or it refused, as it does without the cookie. \
    The fetch button shows more.";
