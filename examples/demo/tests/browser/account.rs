//! The page of `account` on each framework.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    ACTIX, AXUM, Framework, PATIENCE, ROCKET, WARP, browser::Browser, server::Server, turn,
};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_logout_ends_the_streams_of_all_tabs_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_logout_ends_the_streams_of_all_tabs_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_logout_ends_the_streams_of_all_tabs_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_logout_ends_the_streams_of_all_tabs_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("account on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    // Without a login the stream is refused, and the browser gives up.
    browser.go_to(&server.url).await;
    browser.click("a[href='account/']").await;
    browser.shows("framework", framework.name).await;
    shows_refused(&browser).await;
    browser.shows("ticket-state", "no ticket").await;
    browser.click("#ticket").await;
    browser.shows("error", &format!("{REFUSED}.")).await;
    log_in(&browser, "Ada", "wrong").await;
    browser.shows("error", "The server answered 401: wrong password.").await;

    // With a login the stream opens, and the page shows whose it is.
    let name = "<img src=x onerror=injected=1>";
    log_in(&browser, name, "open sesame").await;
    browser.shows("who", &format!("logged in as {name}")).await;
    browser.shows("state", "open").await;
    let mut expected = vec![
        format!("cookie\n{name} logged in"),
        format!("cookie\n{name} opened a stream with the cookie"),
    ];
    shows_rows(&browser, &expected).await;
    let ran: bool = browser.run("return 'injected' in window", json!(null)).await;
    assert!(!ran, "{subject}: a name ran as a script");

    // This ticket expires unused.
    browser.click("#ticket").await;
    browser.shows("ticket-state", "A ticket for one stream, within 5 seconds.").await;
    let stale = Instant::now() + Duration::from_millis(5_100);

    // Another tab is logged in as well. A ticket lets a client without a cookie in, once.
    let first = browser.open_tab().await;
    browser.go_to(&format!("{}account/", server.url)).await;
    browser.shows("state", "open").await;
    browser.click("#ticket").await;
    browser.shows("ticket-state", "A ticket for one stream, within 5 seconds.").await;
    browser.click("#use").await;
    browser.shows("ticket-state", "open").await;
    browser.click("#use").await;
    browser.shows("ticket-state", &format!("{TICKET_REFUSED}.")).await;
    // The second use was refused; the first stream continues. Both streams show each event.
    let look = async || match browser.rows("list").await {
        rows if rows.contains(&format!("ticket\n{name} opened a stream with a ticket")) => Ok(()),
        rows => Err(format!("{rows:?}")),
    };
    browser.eventually("the feed by the ticket", look).await;

    let second = browser.go_to_tab(&first).await;
    let by =
        ["the cookie", "a ticket"].map(|by| format!("cookie\n{name} opened a stream with {by}"));
    expected.extend(by);
    shows_rows(&browser, &expected).await;
    sleep_until(stale).await;
    browser.click("#use").await;
    browser.shows("ticket-state", &format!("{TICKET_REFUSED}.")).await;
    browser.click("#ticket").await;
    browser.shows("ticket-state", "A ticket for one stream, within 5 seconds.").await;
    browser.click("#use").await;
    browser.shows("ticket-state", "open").await;

    // A logout ends all of them at once. A browser that reconnects is refused, and stops.
    let logout = Instant::now();
    browser.click("#logout").await;
    browser.shows("ticket-state", "The server ended the stream.").await;
    let took = logout.elapsed();
    assert!(took < Duration::from_secs(1), "{subject}: the stream ended after {took:?}");
    shows_refused(&browser).await;
    browser.go_to_tab(&second).await;
    shows_refused(&browser).await;

    // Another account only sees its own feed, and the refused tab does not reconnect.
    browser.go_to_tab(&first).await;
    log_in(&browser, "Bob", "open sesame").await;
    browser.shows("who", "logged in as Bob").await;
    let bob = ["cookie\nBob logged in", "cookie\nBob opened a stream with the cookie"];
    shows_rows(&browser, &bob.map(str::to_owned)).await;
    browser.go_to_tab(&second).await;
    shows_refused(&browser).await;

    check_cookie(&subject, &server).await;
}

/// Checks what the page cannot see: the cookie, and that it is useless after a logout.
async fn check_cookie(subject: &str, server: &Server) {
    let login = "name=Cy&password=open+sesame";
    let answer = answer(server, "POST", "login", "", login).await;
    assert!(answer.starts_with("http/1.1 204"), "{subject}: {answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.unwrap_or_else(|| panic!("{subject}: no cookie: {answer}"));
    let mut parts: Vec<_> = cookie.split("; ").collect();
    let session = parts.remove(0);
    parts.retain(|part| *part != "path=/account"); // the default
    parts.sort_unstable();
    assert_eq!(parts, ["httponly", "samesite=lax"], "{subject}: {cookie}");

    for (request, expected) in [
        (["GET", "events"], "200"),
        (["POST", "logout"], "204"),
        (["GET", "events"], "401"),
        (["POST", "tickets"], "401"),
    ] {
        let answer = self::answer(server, request[0], request[1], session, "").await;
        assert!(
            answer.starts_with(&format!("http/1.1 {expected}")),
            "{subject}: expected {expected} for {request:?}, saw {answer}"
        );
    }
}

/// Returns the head of a response to a client that is not a browser, in lower case.
async fn answer(server: &Server, method: &str, name: &str, cookie: &str, form: &str) -> String {
    let request = format!(
        "{method} /account/{name} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(answer).unwrap().to_lowercase()
}

/// Fills in the form, which may have content.
async fn log_in(browser: &Browser, name: &str, password: &str) {
    let () = browser.run("element('form').reset()", json!(null)).await;
    browser.type_into("#name", name).await;
    browser.type_into("#password", password).await;
    browser.click("#login").await;
}

/// Waits until the page shows that it has no login, and that the browser does not reconnect.
async fn shows_refused(browser: &Browser) {
    browser
        .shows("error", &format!("{REFUSED}. The browser does not reconnect until you log in."))
        .await;
    browser.shows("state", "closed").await;
    browser.shows("who", "not logged in").await;
}

/// Waits until the list shows these rows and no other.
async fn shows_rows(browser: &Browser, expected: &[String]) {
    let look = async || match browser.rows("list").await {
        rows if rows == expected => Ok(()),
        rows => Err(format!("{rows:?}")),
    };
    browser.eventually(&format!("{expected:?} in #list"), look).await;
}

const REFUSED: &str = "The server answered 401: log in";

const TICKET_REFUSED: &str = "The server answered 401: the ticket is not valid; get another";
