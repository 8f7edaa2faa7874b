//! The ticker's page on each framework.

use rustix::process::Signal;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_ticker_misses_no_price_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_ticker_misses_no_price_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_ticker_misses_no_price_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_ticker_misses_no_price_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("ticker on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='ticker/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;

    // The page starts with ACME, BOLT and CRUX, and is changed to BOLT, CRUX and DUNE.
    browser.click("#choose-DUNE").await;
    browser.click("#choose-ACME").await;
    let first = numbers(&browser, 1).await;
    numbers(&browser, first.sum + 20).await;
    assert_eq!(browser.text("n-ACME").await, "(no element)", "{subject}: a symbol not chosen");
    assert_eq!(browser.text("notice").await, "", "{subject}: prices of symbols not chosen");

    // A second tab is counted until it is closed.
    browser.shows("watchers-BOLT", "1 watching").await;
    let tab = browser.open_tab().await;
    browser.go_to(&format!("{}ticker/", server.url)).await;
    browser.click("#choose-DUNE").await;
    browser.shows("watchers-BOLT", "2 watching").await;
    let other_tab = browser.go_to_tab(&tab).await;
    browser.shows("watchers-BOLT", "2 watching").await;

    // Prices that are published during a cut, which the other tab sees, arrive after it.
    browser.click("#cut").await;
    browser.shows("state", "reconnecting").await;
    let before = numbers(&browser, 0).await;
    browser.go_to_tab(&other_tab).await;
    let meanwhile = numbers(&browser, before.sum + 10).await;
    browser.go_to_tab(&tab).await;
    assert_eq!(numbers(&browser, 0).await, before, "{subject}: numbers without a connection");
    let after = numbers(&browser, meanwhile.sum + 10).await;
    let received = after.received - before.received;
    assert_eq!(received, after.sum - before.sum, "{subject}: received since the cut");
    browser.click("#cut").await;

    browser.go_to_tab(&other_tab).await;
    browser.close_tab(&tab).await;
    browser.shows("watchers-BOLT", "1 watching").await;

    // A slow tab skips all but the latest prices; then it gets everything again.
    assert_eq!(browser.text("passed").await, "0", "{subject}: skipped without a slow tab");
    browser.click("#latest").await;
    let look = async || match browser.text("passed").await.as_str() {
        "0" => Err("0".to_owned()),
        _ => Ok(()),
    };
    browser.eventually("skipped prices", look).await;
    browser.click("#latest").await;
    let slow = numbers(&browser, 0).await;
    let after = numbers(&browser, slow.sum + 20).await;
    let received = after.received - slow.received;
    let passed = after.passed - slow.passed;
    assert_eq!(received + passed, after.sum - slow.sum, "{subject}: received since the slow tab");

    // Nine symbols are one more than the program allows.
    for symbol in ["ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE"] {
        browser.click(&format!("#choose-{symbol}")).await;
    }
    let refused = "The server refused (400: a subscription may have at most 8 topics; open another connection).";
    browser.shows("notice", refused).await;
    browser.shows("state", "closed").await;
    let refused = numbers(&browser, 0).await;
    for symbol in ["ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE"] {
        browser.click(&format!("#choose-{symbol}")).await;
    }
    browser.shows("state", "open").await;
    numbers(&browser, refused.sum + 20).await;
    browser.shows("notice", "").await;

    // A new process starts its numbers again, and reports it.
    let port = server.port;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "reconnecting").await;
    let _server = Server::start(framework, port).await;
    let lost = "The server was restarted, so some prices of BOLT, CRUX, DUNE are lost.";
    browser.shows("notice", lost).await;
    let restarted = numbers(&browser, 0).await;
    numbers(&browser, restarted.sum + 20).await;

    assert_eq!(browser.texts(&["missed", "repeated"]).await, ["0", "0"], "{subject}");
}

/// What the page shows of the symbols that are always chosen.
#[derive(Debug, PartialEq)]
struct Numbers {
    /// The sum of the newest prices' numbers.
    sum: u64,
    received: u64,
    passed: u64,
}

/// Returns the numbers, once their sum is at least this.
async fn numbers(browser: &Browser, at_least: u64) -> Numbers {
    let look = async || {
        let texts = browser.texts(&["n-BOLT", "n-CRUX", "n-DUNE", "received", "passed"]).await;
        match Numbers::parse(&texts) {
            Some(numbers) if numbers.sum >= at_least => Ok(numbers),
            _ => Err(format!("{texts:?}")),
        }
    };
    browser.eventually(&format!("the numbers of three symbols, {at_least} in sum"), look).await
}

impl Numbers {
    fn parse(texts: &[String]) -> Option<Self> {
        let number = |text: &String| text.replace(['#', ','], "").parse::<u64>().ok();
        let numbers = texts.iter().map(number).collect::<Option<Vec<_>>>()?;
        let [bolt, crux, dune, received, passed] = numbers[..] else { return None };
        Some(Self { sum: bolt + crux + dune, received, passed })
    }
}
