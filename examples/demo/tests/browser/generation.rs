//! The page of a model's answer that continues without readers, on each framework.

use rustix::process::Signal;
use serde_json::json;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_generation_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_generation_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_generation_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_generation_on_rocket() {
    check(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn generations_refused_and_expired_on_axum() {
    check_refused(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn generations_refused_and_expired_on_actix() {
    check_refused(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn generations_refused_and_expired_on_warp() {
    check_refused(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn generations_refused_and_expired_on_rocket() {
    check_refused(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("generation on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='generation/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "ready").await;
    browser.shows("running", "0").await;

    // For three seconds, in which this tab loses its connection and another tab opens.
    let prompt = "  Lines,\n\tbreaks and \u{1f44b}\u{1f3fd};".repeat(17);
    let tokens = prompt.chars().count().div_ceil(4);
    browser.click("#cut").await;
    ask(&browser, &prompt).await;
    grows_to(&subject, &browser, &prompt, 100).await;
    let link: String = browser.run("return location.href", json!(null)).await;
    let first = browser.open_tab().await;
    browser.go_to(&link).await;
    browser.shows("framework", framework.name).await;
    grows_to(&subject, &browser, &prompt, 150).await;
    let () = browser.run("window.before = true; location.reload()", json!(null)).await;
    browser.shows("state", "writing").await;
    grows_to(&subject, &browser, &prompt, prompt.chars().count()).await;
    browser.shows("state", "complete").await;
    browser.shows("received", &format!("tokens: {tokens}, connections: 1")).await;
    let reloaded: bool = browser.run("return !('before' in window)", json!(null)).await;
    assert!(reloaded, "{subject}: not reloaded");
    assert_eq!(browser.text("question").await.trim(), prompt.trim(), "{subject}: the prompt");

    // The other tab got each token once, although its connection was cut.
    let second = browser.go_to_tab(&first).await;
    browser.shows("state", "complete").await;
    let answered = answer(&browser).await;
    assert!(answered == prompt, "{subject}: the answer over a cut line is {answered:?}");
    let received = browser.text("received").await;
    let connections = received.strip_prefix(&format!("tokens: {tokens}, connections: "));
    let connections = connections.and_then(|rest| rest.parse().ok());
    assert!(
        connections.is_some_and(|connections: u32| connections >= 3),
        "{subject}: expected {tokens} tokens over 3 connections or more, saw {received:?}"
    );

    // A page that does not close its EventSource gets everything, and then 204, which stops it.
    let kept: [String; 2] = browser.run(NEVER_CLOSED, json!(link)).await;
    assert_eq!(kept, [prompt.as_str(), "closed by the server, 1 end"], "{subject}: not closed");

    // One tab stops it for both, and the server's work ends. Otherwise it would take 15 s.
    browser.click("#cut").await;
    let long = "four".repeat(512);
    ask(&browser, &long).await;
    browser.shows("state", "writing").await;
    browser.shows("running", "1").await;
    let link: String = browser.run("return location.href", json!(null)).await;
    browser.go_to_tab(&second).await;
    browser.go_to(&link).await; // the same page, another answer
    browser.shows("state", "writing").await;
    grows_to(&subject, &browser, &long, 8).await;
    browser.click("#stop").await;
    browser.shows("state", "stopped").await;
    browser.shows("running", "0").await;
    let stopped = answer(&browser).await;
    assert!(stopped.len() < long.len() / 2, "{subject}: stopped after {} bytes", stopped.len());
    browser.go_to_tab(&first).await;
    browser.shows("state", "stopped").await;
    assert_eq!(answer(&browser).await, stopped, "{subject}: stopped in another tab");

    // It continues without readers, even to a failure.
    browser.go_to_tab(&second).await;
    browser.click("#faulty").await;
    let prompt = "ABCDEFGH".repeat(50);
    let half = &prompt[..200];
    ask(&browser, &prompt).await;
    browser.shows("state", "writing").await;
    let left = answer(&browser).await;
    let link: String = browser.run("return location.href", json!(null)).await;
    browser.go_to(&server.url).await;
    assert!(left.len() < half.len(), "{subject}: left only after {left:?}");
    browser.go_to_tab(&first).await;
    let look = async || {
        let ask = "return fetch('running').then(response => response.text())";
        let running: String = browser.run(ask, json!(null)).await;
        if running == "0" { Ok(()) } else { Err(running) }
    };
    browser.eventually("that no answer is being written", look).await;
    browser.go_to(&link).await;
    browser.shows("state", "failed").await;
    browser.shows("notice", "The model failed; this is what it wrote before.").await;
    assert_eq!(answer(&browser).await, half, "{subject}: half an answer");
}

async fn check_refused(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start_with(framework, 0, &[], &[("DEMO_KEEPS_ANSWERS", "2")]).await;
    let subject = format!("generations refused and expired on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    browser.go_to(&format!("{}generation/", server.url)).await;
    browser.shows("framework", framework.name).await;

    for prompt in ["", &"x".repeat(2049), &"é".repeat(1025)] {
        ask(&browser, prompt).await;
        browser.shows("notice", "The server refused (400: a prompt has 1 byte to 2 KiB).").await;
        browser.shows("state", "ready").await;
    }
    for request in ["", "no JSON", "{}", "{\"prompt\":1}", "{\"prompt\":\"\\ud83d\"}"] {
        let () = browser.run("tell(''); return ask(arguments[0])", json!(request)).await;
        let notice = browser.text("notice").await;
        let why = ["The server refused (400: ", "The server refused (422: "]
            .iter()
            .find_map(|start| notice.strip_prefix(start));
        let clear = why.is_some_and(|why| why.len() > 20 && !why.contains('<'));
        assert!(clear, "{subject}: to {request:?} the page said {notice:?}");
    }

    // It is complete while it is retained. Then it is gone, for a reload and for a new tab.
    ask(&browser, "retained for two seconds").await;
    browser.shows("state", "complete").await;
    let look = async || {
        let () = browser.run("read()", json!(null)).await;
        let state = browser
            .eventually("an answer, or none", async || match &*browser.text("state").await {
                "connecting" | "writing" => Err("neither".to_owned()),
                state => Ok(state.to_owned()),
            })
            .await;
        let answer = answer(&browser).await;
        match (state.as_str(), answer.as_str()) {
            ("closed", "") => Ok(()),
            ("complete", "retained for two seconds") => Err("all of it".to_owned()),
            _ => panic!("{subject}: expected all of the answer or nothing, saw {answer:?}"),
        }
    };
    browser.eventually("that the answer has expired", look).await;
    let expired = "The server refused (404: no such run; it may have expired).";
    browser.shows("notice", expired).await;
    let unknown = "0".repeat(32);
    browser.go_to(&format!("{}generation/#{unknown}", server.url)).await;
    browser.shows("notice", expired).await;
    browser.shows("state", "closed").await;

    // A new process knows none of it, and the page shows that.
    let long = "four".repeat(512);
    ask(&browser, &long).await;
    browser.shows("state", "writing").await;
    let port = server.port;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "reconnecting").await;
    let _server = Server::start(framework, port).await;
    browser.shows("notice", expired).await;
    browser.shows("state", "closed").await;

    // Four at once, and no more.
    let request = json!(json!({ "prompt": long }).to_string());
    for _ in 0..4 {
        let () = browser.run("return ask(arguments[0])", request.clone()).await;
    }
    browser.shows("running", "4").await;
    ask(&browser, &long).await;
    let busy = "The server refused (503: four answers are being written; ask again later).";
    browser.shows("notice", busy).await;
    browser.click("#stop").await;
    browser.shows("running", "3").await;
    ask(&browser, "once more").await;
    browser.shows("state", "complete").await;
    browser.shows("notice", "").await;
}

/// Fills in the whole form at once, and sends it.
async fn ask(browser: &Browser, prompt: &str) {
    let () = browser.run("element('prompt').value = arguments[0]", json!(prompt)).await;
    browser.click("#ask").await;
}

/// Returns `textContent`, which has every character.
async fn answer(browser: &Browser) -> String {
    browser.run("return element('answer').textContent", json!(null)).await
}

/// Waits until the answer has at least this many characters; fails if it is ever not the beginning of the
/// prompt.
async fn grows_to(subject: &str, browser: &Browser, prompt: &str, at_least: usize) {
    let look = async || {
        let answer = answer(browser).await;
        assert!(
            prompt.starts_with(&answer),
            "{subject}: not the beginning of the prompt: {answer:?}"
        );
        if answer.chars().count() >= at_least { Ok(()) } else { Err(format!("{answer:?}")) }
    };
    browser.eventually(&format!("{at_least} characters of the answer"), look).await;
}

/// Reads the answer of a link like a page that does not know its end.
const NEVER_CLOSED: &str = "return new Promise(resolve => {
    const source = new EventSource(`answers/${new URL(arguments[0]).hash.slice(1)}`);
    let text = '', ends = 0;
    source.addEventListener('token', event => text += JSON.parse(event.data));
    source.addEventListener('end', () => ends++);
    source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) resolve([text, `closed by the server, ${ends} end`]);
    };
})";
