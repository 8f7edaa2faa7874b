//! The cluster's page on each framework: in memory, and with a journal.

use rustix::process::Signal;
use serde_json::json;

use crate::{ACTIX, AXUM, Framework, ROCKET, WARP, browser::Browser, server::Server, turn};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_cluster_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_cluster_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_cluster_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_cluster_on_rocket() {
    check(ROCKET).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_journal_on_axum() {
    check_journal(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_journal_on_actix() {
    check_journal(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_journal_on_warp() {
    check_journal(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn a_journal_on_rocket() {
    check_journal(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("cluster on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&server.url).await;
    browser.click("a[href='cluster/']").await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;
    let node = browser.text("node").await;
    let of_framework = node.strip_prefix(framework.name).and_then(|rest| rest.strip_prefix(' '));
    let is_process = of_framework.is_some_and(|id| id.parse::<u32>().is_ok());
    assert!(is_process, "{subject}: the node, saw {node:?}");
    run(&browser, &node, 2).await;

    // A note stays text, whatever it looks like, even if it looks like a number.
    let mut expected = Vec::new();
    for note in [HOSTILE, r#"{"node":"x","run":1,"n":7}"#] {
        browser.type_into("#text", note).await;
        browser.click("#send").await;
        expected.push(note);
        notes(&browser, &expected).await;
        let look = async || match browser.run::<String>(FIELD, json!(null)).await.as_str() {
            "" => Ok(()),
            left => Err(format!("{left:?}")),
        };
        browser.eventually("an empty field after a note that was stored", look).await;
    }
    assert_eq!(browser.run::<String>("return document.title", json!(null)).await, "Cluster");
    assert_eq!(browser.rows("runs").await.len(), 1, "{subject}: runs, of one node");
    assert_eq!(browser.text("notice").await, "", "{subject}");

    // The page explains what is wrong with the log, and the note stays in the field.
    browser.type_into("#text", "kept").await;
    for (status, expected) in [
        (
            503,
            "The note was not stored: the log cannot be reached now. Publish it again in a moment.",
        ),
        (
            504,
            "The log did not answer in time. Nobody knows whether the note was stored. \
               If it does not show below, publish it again.",
        ),
    ] {
        let answer = "const status = arguments[0]; \
            window.fetch = async () => new Response('the log', { status })";
        let () = browser.run(answer, json!(status)).await;
        browser.click("#send").await;
        browser.shows("notice", expected).await;
        let left: String = browser.run(FIELD, json!(null)).await;
        assert_eq!(left, "kept", "{subject}: the field after {status}");
    }

    // A reload starts with new events.
    let before = run(&browser, &node, 3).await;
    browser.go_to(&format!("{}cluster/", server.url)).await;
    browser.shows("state", "open").await;
    let after = run(&browser, &node, 2).await;
    assert_eq!(after.run, before.run, "{subject}: the run after a reload");
    assert!(after.received < after.number, "{subject}: old numbers after a reload: {after:?}");
    notes(&browser, &[]).await;

    // A new process knows none of the old events, and reports it.
    let port = server.port;
    let (_, status) = server.stop(Signal::TERM).await;
    assert!(status.success(), "{subject}: {status}");
    browser.shows("state", "reconnecting").await;
    let _server = Server::start(framework, port).await;
    browser.shows("state", "open").await;
    browser.shows("gaps", "1").await;
    assert_ne!(browser.text("node").await, node, "{subject}: the node after a restart");
    run(&browser, &browser.text("node").await, 1).await;
    let counts = browser.texts(&["reconnects", "moves", "holes", "doubles", "reported"]).await;
    assert_eq!(counts, ["1", "1", "0", "0", "0"], "{subject}: reconnects, moves, and lost events");
}

async fn check_journal(framework: Framework) {
    let _turn = turn().await;
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("events.redb");
    let journal = ["--journal", file.to_str().unwrap()];
    let server = Server::start_with(framework, 0, &journal, &[]).await;
    let subject = format!("cluster with a journal on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    browser.go_to(&format!("{}cluster/", server.url)).await;
    browser.shows("framework", framework.name).await;
    browser.shows("state", "open").await;
    let node = browser.text("node").await;
    run(&browser, &node, 1).await;
    publish(&browser, "before").await;
    notes(&browser, &["before"]).await;

    let port = server.port;
    server.stop(Signal::KILL).await;
    browser.shows("state", "reconnecting").await;
    let _server = Server::start_with(framework, port, &journal, &[]).await;
    publish(&browser, "while away").await;
    assert_eq!(browser.text("state").await, "reconnecting", "{subject}: while a note is published");

    // The page gets the numbers of the new process from the first one, published before it reconnected.
    browser.shows("state", "open").await;
    let other = browser.text("node").await;
    assert_ne!(other, node, "{subject}: the node after kill -9");
    let after = run(&browser, &other, 3).await;
    assert_eq!(after.received, after.number, "{subject}: received of 1, 2, 3 ...: {after:?}");
    notes(&browser, &["before", "while away"]).await;
    let counts = browser.texts(&["reconnects", "gaps", "holes", "doubles"]).await;
    assert_eq!(counts, ["1", "0", "0", "0"], "{subject}: reconnects, gaps, holes, doubles");
}

/// Publishes as the page does; the page does not show whether its node is back.
pub(crate) async fn publish(browser: &Browser, text: &str) {
    let script = "return fetch('topics/notes', { method: 'POST', body: arguments[0] })\
        .then(response => response.ok)";
    let stored: bool = browser.run(script, json!(text)).await;
    assert!(stored, "{text:?} was refused: {}", browser.text("notice").await);
}

/// Waits until the page shows these notes, oldest first.
pub(crate) async fn notes(browser: &Browser, expected: &[&str]) {
    let look = async || {
        let rows = browser.rows("notes").await;
        let notes: Vec<_> = rows.iter().filter_map(|row| row.rsplit_once('\n')).collect();
        match notes.iter().map(|(note, _)| *note).eq(expected.iter().copied()) {
            true => Ok(()),
            false => Err(format!("{rows:?}")),
        }
    };
    browser.eventually(&format!("the notes {expected:?}"), look).await;
}

/// A row of the page's runs.
#[derive(Debug)]
pub(crate) struct Run {
    run: String,
    /// The newest.
    pub(crate) number: u64,
    pub(crate) received: u64,
}

/// Returns what the page shows of a node's run, once it has received at least this many numbers.
pub(crate) async fn run(browser: &Browser, node: &str, at_least: u64) -> Run {
    let look = async || {
        let rows = browser.rows("runs").await;
        match rows.iter().find_map(|row| Run::parse(row, node)) {
            Some(run) if run.received >= at_least => Ok(run),
            _ => Err(format!("{rows:?}")),
        }
    };
    browser.eventually(&format!("{at_least} numbers of {node}"), look).await
}

impl Run {
    fn parse(row: &str, node: &str) -> Option<Self> {
        let columns: Vec<_> = row.split('\t').map(str::trim).collect();
        let [of, run, number, received] = columns[..] else { return None };
        let number = number.strip_prefix('#')?.parse().ok()?;
        let run = Self { run: run.to_owned(), number, received: received.parse().ok()? };
        (of == node).then_some(run)
    }
}

const FIELD: &str = "return document.getElementById('text').value";
const HOSTILE: &str = "<img src=x onerror=\"document.title='run'\"> & data: x";
