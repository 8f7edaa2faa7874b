//! The chat's page on each framework.

use fantoccini::key::Key;
use rustix::process::Signal;
use serde::Serialize;
use serde_json::json;

use crate::{
    ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, hostile::hostile_texts, server::Server,
    turn,
};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn tabs_talk_in_the_chat_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn tabs_talk_in_the_chat_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn tabs_talk_in_the_chat_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn tabs_talk_in_the_chat_on_rocket() {
    check(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_name_is_refused_or_stays_text_on_axum() {
    check_names(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_name_is_refused_or_stays_text_on_actix() {
    check_names(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_name_is_refused_or_stays_text_on_warp() {
    check_names(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_name_is_refused_or_stays_text_on_rocket() {
    check_names(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_message_stays_text_on_axum() {
    check_messages(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_message_stays_text_on_actix() {
    check_messages(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_message_stays_text_on_warp() {
    check_messages(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_hostile_message_stays_text_on_rocket() {
    check_messages(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("chat on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='chat/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "not in the room").await;
    enter(&browser, "Ada").await;
    shows_rows(&browser, &["Ada joined"]).await;

    // A second tab sees earlier events, and each tab sees what the other writes, as it was typed.
    let ada = browser.open_tab().await;
    browser.go_to(&format!("{}chat/", server.url)).await;
    browser.shows("framework", framework.name).await;
    enter(&browser, "Bob").await;
    shows_rows(&browser, &["Ada joined", "Bob joined"]).await;
    browser.type_into("#text", "Hello, Ada!").await;
    browser.click("#send").await;
    let mut expected = vec!["Ada joined", "Bob joined", "Bob\nHello, Ada!"];
    shows_rows(&browser, &expected).await;
    let bob = browser.go_to_tab(&ada).await;
    shows_rows(&browser, &expected).await;
    let (shift, null, enter_key) = (char::from(Key::Shift), char::from(Key::Null), '\n');
    let lines = format!("fn main() {{{shift}\n{null}    // twice{shift}\n\n{null}}}{enter_key}");
    browser.type_into("#text", &lines).await;
    expected.push("Ada\nfn main() {\n    // twice\n\n}");
    shows_rows(&browser, &expected).await;
    browser.go_to_tab(&bob).await;
    shows_rows(&browser, &expected).await;

    // A new tab gets the last 20 events and no older ones.
    let texts: Vec<_> = (1..=21).map(|n| format!("message {n}")).collect();
    assert_eq!(send(&browser, &texts).await, [""; 0], "{subject}: messages refused");
    browser.open_tab().await;
    browser.go_to(&format!("{}chat/", server.url)).await;
    enter(&browser, "Cy").await;
    let last = texts[1..].iter().map(|text| format!("Bob\n{text}"));
    let last: Vec<_> = last.chain(["Cy joined".to_owned()]).collect();
    shows_rows(&browser, &last).await;

    // A guest leaves by closing the tab or by the button, and the history shows it.
    browser.close_tab(&bob).await;
    shows_last_rows(&browser, &["Cy joined", "Cy left"]).await;
    browser.close_tab(&ada).await;
    shows_last_rows(&browser, &["Cy joined", "Cy left", "Bob left"]).await;
    browser.click("#leave").await;
    browser.shows("state", "closed").await;
    let noticed = async || match server.ended_streams() {
        3 => Ok(()),
        ended => Err(format!("{ended} streams ended")),
    };
    browser.eventually("the server to notice", noticed).await;
    browser.click("#join").await;
    shows_last_rows(&browser, &["Bob left", "Ada left", "Ada joined"]).await;

    // A new process knows none of the old events, and reports it.
    let port = server.port;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "reconnecting").await;
    let _server = Server::start(framework, port).await;
    let after = ["Ada left", "Ada joined", "Some messages are lost.", "Ada joined"];
    shows_last_rows(&browser, &after).await;
    browser.shows("state", "open").await;
}

async fn check_names(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("chat with hostile names on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    browser.go_to(&format!("{}chat/", server.url)).await;
    browser.shows("framework", framework.name).await;

    let refused = "The server refused \
        (400: a name has 1 to 40 characters and no control characters).";
    browser.type_into("#name", &"x".repeat(41)).await;
    browser.click("#join").await;
    browser.shows("notice", refused).await;
    browser.shows("state", "closed").await;
    for name in refused_names() {
        // Once in the query of the stream, where 64 KiB exceed each framework's own limit, and once in
        // the JSON of a message.
        if name.len() < 64 * 1024 {
            let () = browser.run("tell(''); join(arguments[0])", json!(name)).await;
            browser.shows("notice", refused).await;
            browser.shows("state", "closed").await;
        }
        let script = "tell(''); me = arguments[0]; return send('text')";
        let accepted: bool = browser.run(script, json!(name)).await;
        assert!(!accepted, "{subject}: accepted {name:?}");
        browser.shows("notice", refused).await;
    }
    let () = browser.run("tell(''); join('x'.repeat(64 * 1024))", json!(null)).await;
    let look = async || {
        let notice = browser.text("notice").await;
        let refused = ["The server refused (400: ", "The server refused (414: "];
        if refused.iter().any(|refused| notice.starts_with(refused)) { Ok(()) } else { Err(notice) }
    };
    browser.eventually("that a query of 64 KiB is refused", look).await;

    for name in ACCEPTED_NAMES {
        let () = browser.run("join(arguments[0])", json!(name)).await;
        shows_newest(&browser, ".joined", &[[name, " joined"]]).await;
        browser.shows("state", "open").await;
        assert_eq!(send(&browser, &[name]).await, [""; 0], "{subject}: messages refused");
        shows_newest(&browser, ".said", &[[name, name]]).await;
        browser.click("#leave").await;
    }
    let () = browser.run("join('Ada')", json!(null)).await;
    // Rocket may notice them in another order.
    let script = "return [...document.querySelectorAll('.left')]\
        .some(row => row.textContent === arguments[0])";
    let left = format!("{} left", ACCEPTED_NAMES[19]);
    let look = async || match browser.run(script, json!(left)).await {
        true => Ok(()),
        false => Err(browser.text("messages").await),
    };
    browser.eventually(&format!("{left:?} in the room"), look).await;
    assert_not_run(&subject, &browser).await;
}

async fn check_messages(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("chat with hostile messages on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    browser.go_to(&format!("{}chat/", server.url)).await;
    browser.shows("framework", framework.name).await;
    enter(&browser, "Ada").await;
    let ada = browser.open_tab().await;
    browser.go_to(&format!("{}chat/", server.url)).await;
    enter(&browser, "Bob").await;
    shows_newest(&browser, "", &[["Ada", " joined"], ["Bob", " joined"]]).await;

    let texts = hostile_texts(64 * 1024);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_eq!(texts.len(), 200);
    for texts in texts.chunks(20) {
        assert_eq!(send(&browser, texts).await, [""; 0], "{subject}: messages refused");
    }
    for text in ["", &"x".repeat(64 * 1024 + 1), &"é".repeat(32 * 1024 + 1)] {
        assert_eq!(send(&browser, &[text]).await, [text], "{subject}: messages refused");
        let refused = "The server refused (400: a message has 1 byte to 64 KiB).";
        browser.shows("notice", refused).await;
    }

    // Both tabs show each message as it was written, and nothing else.
    let mut expected = vec![["Ada", " joined"], ["Bob", " joined"]];
    expected.extend(texts.iter().map(|text| ["Bob", text]));
    shows_newest(&browser, "", &expected).await;
    assert_not_run(&subject, &browser).await;
    browser.go_to_tab(&ada).await;
    shows_newest(&browser, "", &expected).await;
    assert_not_run(&subject, &browser).await;
}

/// Fills in the form, and waits until the room is open.
async fn enter(browser: &Browser, name: &str) {
    browser.type_into("#name", name).await;
    browser.click("#join").await;
    browser.shows("state", "open").await;
}

/// Sends messages as the page does; returns those that were refused.
async fn send(browser: &Browser, texts: &[impl Serialize]) -> Vec<String> {
    let script = "return (async () => {
        const refused = [];
        for (const text of arguments[0]) if (!await send(text)) refused.push(text);
        return refused;
    })()";
    browser.run(script, json!(texts)).await
}

/// Waits until the room shows exactly these rows, the newest last.
async fn shows_rows(browser: &Browser, expected: &[impl AsRef<str>]) {
    let expected: Vec<_> = expected.iter().map(AsRef::as_ref).collect();
    let look = async || {
        let rows: Vec<String> = browser.run(ROWS, json!(null)).await;
        if rows == expected { Ok(()) } else { Err(format!("{rows:?}")) }
    };
    browser.eventually(&format!("{expected:?} in the room"), look).await;
}

/// Waits until the newest rows in the room are these.
async fn shows_last_rows(browser: &Browser, expected: &[&str]) {
    let look = async || {
        let rows: Vec<String> = browser.run(ROWS, json!(null)).await;
        let last = &rows[rows.len().saturating_sub(expected.len())..];
        if last == expected { Ok(()) } else { Err(format!("{last:?}")) }
    };
    browser.eventually(&format!("{expected:?} at the end of the room"), look).await;
}

const ROWS: &str = "return [...element('messages').children].map(row => row.innerText)";

/// Waits until the newest rows of a class are these: a name and a text each. It compares `textContent`,
/// which has every character; the visible text would lack a CR.
async fn shows_newest(browser: &Browser, class: &str, expected: &[[&str; 2]]) {
    let script = "return [...element('messages').querySelectorAll(`li${arguments[0]}`)]\
        .map(row => [...row.children].map(part => part.textContent))";
    let look = async || {
        let rows: Vec<Vec<String>> = browser.run(script, json!(class)).await;
        let last = &rows[rows.len().saturating_sub(expected.len())..];
        if last == expected {
            return Ok(());
        }
        let differs = last.iter().zip(expected).find(|(row, expected)| row != expected);
        Err(format!("{} rows, of which differ: {differs:.200?}", last.len()))
    };
    browser.eventually(&format!("{} rows li{class} as they were sent", expected.len()), look).await;
}

async fn assert_not_run(subject: &str, browser: &Browser) {
    let ran: bool = browser.run("return 'injected' in window", json!(null)).await;
    assert!(!ran, "{subject}: a text ran as a script");
}

fn refused_names() -> Vec<String> {
    let mut names = ["", "\0", "\t", "\n", "\r", "\u{7f}", "\u{85}", "Ada\nBob", "Ada\r\ndata: x"]
        .map(str::to_owned)
        .to_vec();
    names.push("Ada\n\nevent: left\ndata: {\"name\":\"Bob\"}\n\n".to_owned());
    names.extend(["x", "é", "👋", "data: "].map(|part| part.repeat(41)));
    names.extend(["x", "\n"].map(|part| part.repeat(64 * 1024)));
    names
}

const ACCEPTED_NAMES: [&str; 20] = [
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", // 40 characters
    "👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋",
    "👩‍👩‍👧‍👦",
    "e\u{301}",
    "data: injected",
    "event: left",
    ": a comment",
    "id: 1",
    "data",
    "Ada\\n\\ndata: injected",
    "\"}, {\"name\": \"Bob",
    "a&name=b",
    "%0A%0Adata:%20injected",
    "a + b#c?d=e/../f",
    "  two  spaces  ",
    "\u{2028}\u{2029}",
    "\u{202e}adA",
    "\u{feff}",
    "<img src=x onerror=injected=1>",
    "<script>injected=1</script>",
];
