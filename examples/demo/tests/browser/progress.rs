//! The page of a long job on each framework.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn progress_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn progress_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn progress_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn progress_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("progress on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='progress/']").await;
    browser.shows("framework", framework.name).await;

    // The bar moves, and continues from the state of the job after a reload. (The job takes eight seconds,
    // which are enough for these steps on a busy machine.)
    let numbers: Vec<_> = (1..=40).map(|number| number.to_string()).collect();
    start(&browser, &numbers.join("\n")).await;
    rows(&browser, 1).await;
    let before = rows(&browser, 2).await;
    let job: String = browser.run("return location.hash", json!(null)).await;
    browser.run::<()>("location.reload()", json!(null)).await;
    browser.shows("framework", framework.name).await;
    let (after, of) = rows(&browser, before.0).await;
    assert_eq!(of, 40, "{subject}: rows of the same job");

    // It runs without watchers.
    let watching = browser.open_tab().await;
    let empty = browser.go_to_tab(&watching).await;
    browser.close_tab(&empty).await;
    sleep(Duration::from_millis(900)).await;
    let url = format!("{}progress/{job}", server.url);
    browser.go_to(&url).await;
    let (meanwhile, _) = rows(&browser, 0).await;
    let expected = after + 4; // of 200 ms each
    assert!(meanwhile >= expected, "{subject}: expected {expected} rows, saw {meanwhile}");

    // Another tab sees the same end.
    let tab = browser.open_tab().await;
    browser.go_to(&url).await;
    browser.shows("outcome", "Running.").await;
    shows_done(&browser, &subject).await;
    let other_tab = browser.go_to_tab(&tab).await;
    shows_done(&browser, &subject).await;

    // A browser that connects later sees the end as well; one that reconnects after the end gets 204.
    let unclosed = "const seen = [], [job] = arguments; \
        const source = new EventSource(`jobs/${job.slice(1)}/events`); \
        for (const name of ['progress', 'done', 'failed']) \
            source.addEventListener(name, ({ data }) => seen.push(`${name} ${data}`)); \
        source.onopen = () => seen.push('open'); \
        source.onerror = () => \
            seen.push(['reconnecting', 'open', 'stopped'][source.readyState]); \
        window.seen = seen;";
    browser.run::<()>(unclosed, json!(job)).await;

    // The page shows why a job failed.
    start(&browser, "1\n2\nthree\n4").await;
    browser.shows("outcome", "Failed: row 3 is not a whole number.").await;
    browser.shows("state", "closed").await;
    browser.shows("rows", "2 of 4 rows").await;

    start(&browser, "").await;
    browser.shows("notice", "The server refused (400: a job has 1 to 100 rows).").await;

    browser.run::<()>("location.hash = 'nosuchjob'", json!(null)).await;
    let unknown = "The server refused \
        (404: no such job; a job is forgotten five minutes after its end).";
    browser.shows("notice", unknown).await;
    browser.shows("outcome", "This job is unknown.").await;
    browser.shows("state", "closed").await;

    let expected = ["open", "done {\"sum\":820}", "reconnecting", "stopped"];
    let look = async || {
        let seen: Vec<String> = browser.run("return window.seen", json!(null)).await;
        if seen == expected { Ok(()) } else { Err(format!("{seen:?}")) }
    };
    browser.eventually(&format!("{expected:?}"), look).await;

    // A page that closes its stream gets nothing more.
    browser.go_to_tab(&other_tab).await;
    shows_done(&browser, &subject).await;
}

/// Waits until the page shows the end of the first job.
async fn shows_done(browser: &Browser, subject: &str) {
    browser.shows("outcome", "Done: the sum is 820.").await;
    assert_eq!(
        browser.text("state").await,
        "closed",
        "{subject}: the stream of a job that is done"
    );
    let bar = "return document.getElementById('bar').value";
    let bar: f64 = browser.run(bar, json!(null)).await;
    assert_eq!(bar, 1.0, "{subject}: the bar of a job that is done");
}

async fn start(browser: &Browser, rows: &str) {
    let fill = "document.getElementById('input').value = arguments[0]";
    browser.run::<()>(fill, json!(rows)).await;
    browser.click("#start").await;
}

/// Returns the number of rows that are done, once there are at least this many, and their total.
async fn rows(browser: &Browser, at_least: u64) -> (u64, u64) {
    let look = async || {
        let text = browser.text("rows").await;
        match parse(&text) {
            Some((rows, of)) if rows >= at_least => Ok((rows, of)),
            _ => Err(format!("{text:?}")),
        }
    };
    browser.eventually(&format!("{at_least} rows"), look).await
}

fn parse(text: &str) -> Option<(u64, u64)> {
    let (rows, of) = text.strip_suffix(" rows")?.split_once(" of ")?;
    Some((rows.parse().ok()?, of.parse().ok()?))
}
