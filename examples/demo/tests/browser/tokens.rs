//! The page of a model's tokens on each framework.

use rustix::process::Signal;
use serde_json::json;

use crate::{
    ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, hostile::hostile_texts, server::Server,
    turn,
};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_answer_grows_until_its_end_or_a_stop_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_answer_grows_until_its_end_or_a_stop_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_answer_grows_until_its_end_or_a_stop_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_answer_grows_until_its_end_or_a_stop_on_rocket() {
    check(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_prompt_arrives_unchanged_on_axum() {
    check_hostile(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_prompt_arrives_unchanged_on_actix() {
    check_hostile(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_prompt_arrives_unchanged_on_warp() {
    check_hostile(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_prompt_arrives_unchanged_on_rocket() {
    check_hostile(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("tokens on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='tokens/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "ready").await;
    browser.shows("running", "0").await;

    // The answer grows, and is always the beginning of the prompt.
    let prompt = "  Leading spaces,\n\n\tbreaks, \u{1f44b}\u{1f3fd} e\u{301}\n ".repeat(4);
    write(&browser, &prompt, "steady").await;
    browser.click("#ask").await;
    let mut answers = vec![String::new()];
    while answers.last() != Some(&prompt) {
        let last = answers.last().unwrap().clone();
        let answer = answer_after(&browser, &last).await;
        assert!(
            prompt.starts_with(&answer),
            "{subject}: {answer:?} is not the beginning of {prompt:?}"
        );
        answers.push(answer);
    }
    assert!(answers.len() > 10, "{subject}: expected an answer bit by bit, saw {answers:?}");
    browser.shows("state", "complete").await;
    browser.shows("tokens", &format!("tokens: {}", prompt.chars().count().div_ceil(4))).await;
    browser.shows("running", "0").await;

    // Half of an answer, and why.
    write(&browser, "12345678", "faulty").await;
    browser.click("#ask").await;
    browser.shows("state", "failed").await;
    browser.shows("notice", "The answer ended halfway: the model lost its thread.").await;
    assert_eq!(answer(&browser).await, "1234", "{subject}: half an answer");

    // The button, or closing the tab, also ends the server's work. Otherwise it would take two minutes.
    let long = "four".repeat(4 * 1024);
    write(&browser, &long, "steady").await;
    browser.click("#ask").await;
    browser.shows("state", "answering").await;
    browser.shows("running", "1").await;
    browser.click("#stop").await;
    browser.shows("state", "stopped").await;
    browser.shows("running", "0").await;
    let stopped = answer(&browser).await;
    assert!(long.starts_with(&stopped) && !stopped.is_empty(), "{subject}: stopped at {stopped:?}");
    browser.shows("notice", "").await;
    let tab = browser.open_tab().await;
    browser.go_to(&format!("{}tokens/", server.url)).await;
    write(&browser, &long, "steady").await;
    browser.click("#ask").await;
    browser.shows("running", "1").await;
    browser.close_tab(&tab).await;
    browser.shows("running", "0").await;
    assert_eq!(answer(&browser).await, stopped, "{subject}: tokens after Stop");

    // A server that stops in the middle does not complete the answer.
    browser.click("#ask").await;
    browser.shows("state", "answering").await;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "cut off").await;
    let lost = "The connection was lost before the end of the answer; ask again.";
    browser.shows("notice", lost).await;
    browser.click("#ask").await;
    browser.shows("state", "failed").await;
    browser.shows("notice", "The server was not reached; try again.").await;
}

async fn check_hostile(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("tokens of hostile prompts on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    browser.go_to(&format!("{}tokens/", server.url)).await;
    browser.shows("framework", framework.name).await;

    // The page's parser reads the same events, wherever the bytes are cut.
    let cuts: Vec<String> = browser.run(READ_AT_EVERY_CUT, json!(null)).await;
    assert_eq!(cuts, [""; 0], "{subject}: events read otherwise");

    let texts = hostile_texts(16 * 1024);
    assert_eq!(texts.len(), 200);
    for texts in texts.chunks(20) {
        let seen: Vec<[String; 3]> = browser.run(ASK, json!(texts)).await;
        for (text, [answer, state, notice]) in texts.iter().zip(&seen) {
            assert_eq!([state.as_str(), notice], ["complete", ""], "{subject}: after {text:.200?}");
            // `assert_eq` would print 16 KiB on each side.
            assert!(answer == text, "{subject}: expected {text:.200?}, saw {answer:.200?}");
        }
    }

    let limit = "The server refused (400: a prompt has 1 byte to 16 KiB).";
    for text in ["", &"x".repeat(16 * 1024 + 1), &"é".repeat(8 * 1024 + 1)] {
        write(&browser, text, "fast").await;
        browser.click("#ask").await;
        browser.shows("notice", limit).await;
        browser.shows("state", "refused").await;
    }
    // JSON can hold half of a surrogate pair; UTF-8 cannot.
    let requests = [
        "",
        "no JSON",
        "{\"prompt\":\"x\"",
        "{}",
        "{\"prompt\":1}",
        "{\"prompt\":\"x\",\"model\":\"other\"}",
        "{\"prompt\":\"x\\ud83d\"}",
        "{\"prompt\":\"\\udc4b\"}",
    ];
    for request in requests {
        let () = browser.run("tell(''); return ask(arguments[0])", json!(request)).await;
        browser.shows("state", "refused").await;
        let notice = browser.text("notice").await;
        let why = ["The server refused (400: ", "The server refused (422: "]
            .iter()
            .find_map(|start| notice.strip_prefix(start));
        let clear = why.is_some_and(|why| why.len() > 20 && !why.contains('<'));
        assert!(clear, "{subject}: to {request:?} the page said {notice:?}");
        assert_eq!(answer(&browser).await, "", "{subject}: an answer to {request:?}");
    }
    let large = format!("{{\"prompt\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    let () = browser.run("return ask(arguments[0])", json!(large)).await;
    let notice = browser.text("notice").await;
    let refused = notice.starts_with("The server refused (413: ");
    assert!(refused, "{subject}: to 3 MiB the page said {notice:?}");

    let ran: bool = browser.run("return 'injected' in window", json!(null)).await;
    assert!(!ran, "{subject}: a text ran as a script");
}

/// Fills in the whole form at once, like a user who pastes a long prompt.
async fn write(browser: &Browser, prompt: &str, model: &str) {
    let script = "[element('prompt').value, element('model').value] = arguments[0]";
    browser.run(script, json!([prompt, model])).await
}

/// Returns `textContent`, which has every character.
async fn answer(browser: &Browser) -> String {
    browser.run("return element('answer').textContent", json!(null)).await
}

/// Waits until the answer changes.
async fn answer_after(browser: &Browser, last: &str) -> String {
    let look = async || match answer(browser).await {
        answer if answer == last => Err(format!("{answer:?}")),
        answer => Ok(answer),
    };
    browser.eventually("more of the answer", look).await
}

/// Asks as the page does; returns what the page shows at the end of each answer.
const ASK: &str = "return (async () => {
    const seen = [];
    for (const prompt of arguments[0]) {
        await ask(JSON.stringify({ prompt, model: 'fast' }));
        seen.push(['answer', 'state', 'notice'].map(id => element(id).textContent));
    }
    return seen;
})()";

/// Cuts a stream in two at every byte, and into single bytes; returns the cases that differ from the
/// whole stream, or from the standard.
const READ_AT_EVERY_CUT: &str = r#"return (async () => {
    const bytes = new TextEncoder().encode(
        '\ufeffdata: one\n\n' +
        ': a comment\ndata:two\rdata:  spaces \r\ndata\n\r\n' +
        'event: named\ndata: \u{1f44b}\u2028\u0085\r\r' +
        'event: no data\nid: 1\nretry: 2\n\n' +
        'data: after\ndata:\n:\nother: x\n data: y\n\n' +
        'data: never ended\n');
    const expected = JSON.stringify([
        ['message', 'one'], ['message', 'two\n spaces \n'], ['named', '\u{1f44b}\u2028\u0085'],
        ['message', 'after\n'],
    ]);
    const cuts = [[...bytes].map(byte => Uint8Array.of(byte))];
    for (let at = 0; at <= bytes.length; at++) cuts.push([bytes.slice(0, at), bytes.slice(at)]);
    const wrong = [];
    for (const chunks of cuts) {
        const body = new ReadableStream({ start(controller) {
            chunks.forEach(chunk => controller.enqueue(chunk));
            controller.close();
        } });
        const read = [];
        for await (const { type, data } of events(body)) read.push([type, data]);
        if (JSON.stringify(read) !== expected) wrong.push(JSON.stringify(read));
    }
    return wrong.slice(0, 3);
})()"#;
