//! The fragments' page on each framework: how htmx and Turbo update it.

use serde_json::json;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn fragments_update_the_page_and_stay_text_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn fragments_update_the_page_and_stay_text_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn fragments_update_the_page_and_stay_text_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn fragments_update_the_page_and_stay_text_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("fragments on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='fragments/']").await;
    browser.shows("framework", framework.name).await;

    // A visitor's text stays text in both lists, the newest first, and the form is empty again.
    let mut entries = Vec::new();
    for text in [HOSTILE, "  two  spaces & an entity: &lt;", "</li><li>second</li>"] {
        browser.type_into("#text", text).await;
        browser.click("#form button").await;
        entries.push(text);
        shows_entries(&browser, &entries).await;
        let look = async || {
            let value: String = browser.run("return text.value", json!(null)).await;
            if value.is_empty() { Ok(()) } else { Err(format!("{value:?}")) }
        };
        browser.eventually("an empty form", look).await;
    }
    let refused = "return fetch('entries', { method: 'POST',
        body: new URLSearchParams({ text: arguments[0] }) }).then(response => response.status)";
    for text in ["", &"x".repeat(201)] {
        let status: u16 = browser.run(refused, json!(text)).await;
        assert_eq!(status, 400, "{subject}: an entry of {} characters", text.len());
    }

    // A number is replaced, and so are rows of three cells, which arrive in several lines.
    shows_number(&browser, "htmx-seconds").await;
    shows_number(&browser, "seconds").await;
    for room in ["kitchen", "cellar", "roof"] {
        shows_row(&browser, &format!("htmx-{room}"), room).await;
        shows_row(&browser, room, room).await;
    }

    // A new page has the same entries, without the refused ones, and no script ran.
    browser.go_to(&format!("{}fragments/", server.url)).await;
    shows_entries(&browser, &entries).await;
    browser.type_into("#text", "last").await;
    browser.click("#form button").await;
    entries.push("last");
    shows_entries(&browser, &entries).await;
    let ran: bool = browser.run("return 'injected' in window", json!(null)).await;
    assert!(!ran, "{subject}: a text ran as a script");
}

const HOSTILE: &str = "<img src=x onerror=injected=1><script>injected=1</script>";

/// Waits until both lists show exactly these texts, character by character.
async fn shows_entries(browser: &Browser, expected: &[&str]) {
    let script = "return arguments[0].map(id => [...document.getElementById(id).children]
        .map(entry => entry.textContent).reverse())";
    let look = async || {
        let seen: [Vec<String>; 2] = browser.run(script, json!(["htmx-entries", "entries"])).await;
        if seen.iter().all(|list| list == expected) { Ok(()) } else { Err(format!("{seen:?}")) }
    };
    browser.eventually(&format!("{expected:?} in both guest books"), look).await;
}

/// Waits until the element with this ID shows a number that is not its first.
async fn shows_number(browser: &Browser, id: &str) {
    let look = async || match browser.text(id).await {
        text if text.parse().is_ok_and(|number: u32| number > 0) => Ok(()),
        text => Err(format!("{text:?}")),
    };
    browser.eventually(&format!("a number in #{id}"), look).await;
}

/// Waits until the row with this ID has three cells: the room, its temperature, and when.
async fn shows_row(browser: &Browser, id: &str, room: &str) {
    let script =
        "return [...document.getElementById(arguments[0]).cells].map(cell => cell.innerText)";
    let look = async || {
        let cells: Vec<String> = browser.run(script, json!(id)).await;
        match &cells[..] {
            [name, degrees, when]
                if name == room && degrees.ends_with(" °C") && when.ends_with(" s") =>
            {
                Ok(())
            }
            cells => Err(format!("{cells:?}")),
        }
    };
    browser.eventually(&format!("a row of the {room} in #{id}"), look).await;
}
