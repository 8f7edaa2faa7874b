//! The resuming page on each framework.

use serde_json::Value;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_cut_loses_no_number_and_evicted_ones_are_reported_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_cut_loses_no_number_and_evicted_ones_are_reported_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_cut_loses_no_number_and_evicted_ones_are_reported_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_cut_loses_no_number_and_evicted_ones_are_reported_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("resume on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='resume/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;

    // A cut loses nothing, and the browser waits for the reconnection time.
    let start = numbers(&browser, "a number", |_| true).await;
    let once = numbers(&browser, "a cut", |now| now.cuts == 1 && now.away.is_some()).await;
    assert_away(&subject, &once, 300);

    // Another tab finishes, which does not affect the first; that one gets a longer reconnection time.
    browser.click("#retry").await;
    let tab = browser.open_tab().await;
    browser.go_to(&format!("{}resume/", server.url)).await;
    numbers(&browser, "a number", |_| true).await;
    browser.click("#finish").await;
    let other_tab = browser.go_to_tab(&tab).await;
    let changed = |now: &Numbers| now.cuts == 2 && now.away != once.away;
    let twice = numbers(&browser, "another cut", changed).await;
    assert_away(&subject, &twice, 1200);
    let seen = numbers(&browser, "another number", |now| now.received > twice.received).await;
    assert_complete(&subject, &start, &seen);
    assert_eq!(browser.text("notice").await, "", "{subject}: no log was trimmed yet");

    // 204 is the end: the browser's own record shows no further request.
    browser.go_to_tab(&other_tab).await;
    let end = "Finished: the server answered 204, so the browser does not reconnect.";
    browser.shows("notice", end).await;
    browser.shows("state", "closed").await;
    let last = numbers(&browser, "a number", |_| true).await;
    let asked = requests(&browser).await;
    assert!(asked >= 2, "{subject}: expected two requests or more on record, saw {asked}");

    // Lost numbers are reported with the reason, and nothing else is missing.
    browser.go_to_tab(&tab).await;
    browser.click("#retry").await;
    browser.click("#trim").await;
    let gap = numbers(&browser, "lost numbers", |now| now.reported > 0).await;
    let expected = format!(
        "The server has dropped numbers while this page was away: {} are lost (",
        gap.reported
    );
    let notice = browser.text("notice").await;
    assert!(notice.starts_with(&expected), "{subject}: expected {expected:?}, saw {notice:?}");
    let log = browser.rows("log").await;
    let reported = log.iter().any(|row| row.starts_with("gap: trimmed\n"));
    assert!(reported, "{subject}: expected a row `gap: trimmed`, saw {log:?}");
    assert_complete(&subject, &start, &gap);
    assert_eq!(browser.texts(&["missed", "repeated"]).await, ["0", "0"], "{subject}");

    browser.go_to_tab(&other_tab).await;
    assert_eq!(requests(&browser).await, asked, "{subject}: requests after the end");
    assert_eq!(numbers(&browser, "a number", |_| true).await, last, "{subject}: after the end");
    browser.click("#again").await;
    numbers(&browser, "numbers again", |now| now.received > last.received).await;
    assert_eq!(browser.texts(&["missed", "repeated"]).await, ["0", "0"], "{subject}");
}

/// What the page shows of the numbers.
#[derive(Debug, PartialEq)]
struct Numbers {
    /// The newest.
    number: u64,
    received: u64,
    reported: u64,
    cuts: u64,
    /// How long it was away, in ms.
    away: Option<u64>,
}

/// Returns the numbers, once they are `wanted`.
async fn numbers(browser: &Browser, expected: &str, wanted: impl Fn(&Numbers) -> bool) -> Numbers {
    let look = async || {
        let texts = browser.texts(&["number", "received", "reported", "cuts", "away"]).await;
        match Numbers::parse(&texts) {
            Some(numbers) if wanted(&numbers) => Ok(numbers),
            _ => Err(format!("{texts:?}")),
        }
    };
    browser.eventually(expected, look).await
}

impl Numbers {
    fn parse(texts: &[String]) -> Option<Self> {
        let number = |at: usize| texts[at].replace(',', "").parse().ok();
        Some(Self {
            number: number(0)?,
            received: number(1)?,
            reported: number(2)?,
            cuts: number(3)?,
            away: texts[4].strip_suffix(" ms").and_then(|away| away.parse().ok()),
        })
    }
}

/// Fails unless the browser was away for the reconnection time, and not for much longer.
#[track_caller]
fn assert_away(subject: &str, numbers: &Numbers, retry: u64) {
    let away = numbers.away.unwrap_or_default();
    let expected = retry..retry + 800;
    assert!(expected.contains(&away), "{subject}: expected {expected:?} ms away, saw {numbers:?}");
}

/// Fails unless each number since the start was received, or reported to be lost.
#[track_caller]
fn assert_complete(subject: &str, start: &Numbers, now: &Numbers) {
    let expected = now.number - start.number;
    let seen = now.received + now.reported - start.received - start.reported;
    assert_eq!(expected, seen, "{subject}: numbers since {start:?}, at {now:?}");
}

/// Returns the number of requests for events that the browser's EventSource has made.
async fn requests(browser: &Browser) -> usize {
    let script = "return performance.getEntriesByType('resource')\
        .filter(({ name, initiatorType }) => name.includes('/events?') && initiatorType !== 'fetch')\
        .length";
    browser.run(script, Value::Null).await
}
