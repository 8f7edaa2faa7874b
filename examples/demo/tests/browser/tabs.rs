//! Tabs that share a connection, on each framework.

use std::io::{Write, stderr};

use fantoccini::wd::WindowHandle;
use serde_json::json;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn_alone};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn twenty_tabs_use_one_connection_on_axum() {
    check_one_connection(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn twenty_tabs_use_one_connection_on_actix() {
    check_one_connection(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn twenty_tabs_use_one_connection_on_warp() {
    check_one_connection(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn twenty_tabs_use_one_connection_on_rocket() {
    check_one_connection(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn another_tab_leads_when_the_leader_leaves_closes_or_crashes_on_axum() {
    check_leaders(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn another_tab_leads_when_the_leader_leaves_closes_or_crashes_on_actix() {
    check_leaders(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn another_tab_leads_when_the_leader_leaves_closes_or_crashes_on_warp() {
    check_leaders(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn another_tab_leads_when_the_leader_leaves_closes_or_crashes_on_rocket() {
    check_leaders(ROCKET).await;
}

async fn check_one_connection(framework: Framework) {
    let _turn = turn_alone().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("twenty tabs on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    let tabs = open_tabs(&browser, &server, 20).await;

    for tab in &tabs {
        browser.go_to_tab(tab).await;
        received(&browser, 20).await;
    }
    browser.go_to_tab(&tabs[0]).await;
    assert_eq!(browser.text("watchers-BOLT").await, "1 watching", "{subject}");
    assert_eq!(server.ended_streams(), 0, "{subject}: connections that were closed");
    lost_nothing(&browser, &subject, &tabs).await;
}

async fn check_leaders(framework: Framework) {
    let _turn = turn_alone().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("leaders on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    let mut tabs = open_tabs(&browser, &server, 4).await;

    // From here on, timers are slow.
    browser.hide_tabs().await;
    for tab in &tabs {
        browser.go_to_tab(tab).await;
        let () = browser.run(RECORD_PAUSES, json!(null)).await;
    }
    // The tab that has waited for longest leads. It leaves the page, and returns to it before it is unloaded.
    let leader = tabs.remove(0);
    browser.go_to_tab(&leader).await;
    browser.go_to(&server.url).await;
    streams_ended(&browser, &server, 1).await;
    all_receive(&browser, &tabs).await;
    browser.go_to_tab(&leader).await;
    browser.go_back().await;
    let kept: bool = browser.run("return 'pause' in window", json!(null)).await;
    assert!(kept, "{subject}: the page was unloaded");
    streams_ended(&browser, &server, 2).await; // that of what it missed
    all_receive(&browser, std::slice::from_ref(&leader)).await;
    let () = browser.run("window.pause = 0", json!(null)).await;
    tabs.push(leader);

    let leader = tabs.remove(0);
    browser.go_to_tab(&leader).await;
    browser.close_tab(&tabs[0]).await;
    streams_ended(&browser, &server, 3).await;
    all_receive(&browser, &tabs).await;

    let leader = tabs.remove(0);
    browser.go_to_tab(&leader).await;
    browser.crash_tab(&tabs[0]).await;
    streams_ended(&browser, &server, 4).await;
    all_receive(&browser, &tabs).await;

    assert_eq!(browser.text("watchers-BOLT").await, "1 watching", "{subject}");
    lost_nothing(&browser, &subject, &tabs).await;
    for tab in &tabs {
        browser.go_to_tab(tab).await;
        let visibility: String = browser.run("return document.visibilityState", json!(null)).await;
        assert_eq!(visibility, "hidden", "{subject}");
        let pause: f64 = browser.run("return window.pause", json!(null)).await;
        let figure = format!("{subject}: {pause:.0} ms between two prices at most\n");
        // The test harness hides the output of `eprintln!` when a test passes.
        stderr().write_all(figure.as_bytes()).unwrap();
        assert!(pause < 2000.0, "{subject}: no prices for {pause} ms");
    }
}

/// Opens the ticker in this number of tabs, the first one first.
async fn open_tabs(browser: &Browser, server: &Server, count: usize) -> Vec<WindowHandle> {
    let mut tabs = Vec::new();
    for n in 0..count {
        if n > 0 {
            browser.open_tab().await;
        }
        browser.go_to(&format!("{}ticker/", server.url)).await;
        browser.shows("state", "open").await;
        received(browser, 1).await;
        tabs.push(browser.tab().await);
    }
    tabs
}

async fn streams_ended(browser: &Browser, server: &Server, count: usize) {
    let look = async || match server.ended_streams() {
        seen if seen == count => Ok(()),
        seen => Err(format!("{seen}")),
    };
    browser.eventually(&format!("the end of {count} streams"), look).await;
}

/// Waits until each of these tabs has received twenty more prices.
async fn all_receive(browser: &Browser, tabs: &[WindowHandle]) {
    for tab in tabs {
        browser.go_to_tab(tab).await;
        let before = received(browser, 0).await;
        received(browser, before + 20).await;
    }
}

/// Fails if a tab has missed or repeated a price.
async fn lost_nothing(browser: &Browser, subject: &str, tabs: &[WindowHandle]) {
    for (n, tab) in tabs.iter().enumerate() {
        browser.go_to_tab(tab).await;
        let counts = browser.texts(&["missed", "repeated", "notice"]).await;
        assert_eq!(counts, ["0", "0", ""], "{subject}: missed, repeated, notice of tab {n}");
    }
}

/// Returns the number of prices that the page has received, once it is at least this.
async fn received(browser: &Browser, at_least: u64) -> u64 {
    let look = async || {
        let text = browser.text("received").await;
        let count = text.replace(',', "").parse().map_err(|_| text.clone())?;
        if count >= at_least { Ok(count) } else { Err(text) }
    };
    browser.eventually(&format!("{at_least} prices"), look).await
}

/// Measures the longest time between two prices, also while the tab is hidden.
const RECORD_PAUSES: &str = "\
    let last = performance.now(); \
    window.pause = 0; \
    new MutationObserver(() => { \
        window.pause = Math.max(window.pause, performance.now() - last); \
        last = performance.now(); \
    }).observe(document.getElementById('received'), { childList: true })";
