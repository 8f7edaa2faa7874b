//! A deploy behind nginx with its default settings, on each framework.

use std::{fs, net::TcpListener, process::Stdio, time::Duration};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

use crate::{
    ACTIX, AXUM, Framework, ROCKET, WARP,
    browser::Browser,
    cluster::{notes, publish, run},
    server::Server,
    turn_alone,
};

#[ignore = "needs Chromium and nginx; ./test.sh runs it"]
#[tokio::test]
async fn every_tab_survives_a_deploy_behind_nginx_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium and nginx; ./test.sh runs it"]
#[tokio::test]
async fn every_tab_survives_a_deploy_behind_nginx_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium and nginx; ./test.sh runs it"]
#[tokio::test]
async fn every_tab_survives_a_deploy_behind_nginx_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium and nginx; ./test.sh runs it"]
#[tokio::test]
async fn every_tab_survives_a_deploy_behind_nginx_on_rocket() {
    check(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn_alone().await;
    let files = tempfile::tempdir().unwrap();
    let journal = files.path().join("events.redb");
    let journal = ["--journal", journal.to_str().unwrap()];
    let server = Server::start_with(framework, 0, &journal, &[]).await;
    let nginx = Nginx::start(server.port).await;
    let subject = format!("a deploy of {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    let mut tabs = Vec::new();
    for n in 0..TABS {
        if n > 0 {
            browser.open_tab().await;
        }
        browser.go_to(&format!("{}cluster/", nginx.url)).await;
        browser.shows("state", "open").await;
        tabs.push(browser.tab().await);
    }
    publish(&browser, "before").await;
    for tab in &tabs {
        browser.go_to_tab(tab).await;
        notes(&browser, &["before"]).await;
    }

    let port = server.port;
    server.stop(Signal::TERM).await;
    for tab in &tabs {
        browser.go_to_tab(tab).await;
        browser.shows("state", "reconnecting").await;
    }
    sleep(DOWN).await;
    let _server = Server::start_with(framework, port, &journal, &[]).await;
    publish(&browser, "while away").await;

    for (n, tab) in tabs.iter().enumerate() {
        browser.go_to_tab(tab).await;
        browser.shows("state", "open").await;
        notes(&browser, &["before", "while away"]).await;
        // The page gets the numbers of the new process from the first one.
        let node = browser.text("node").await;
        let after = run(&browser, &node, 3).await;
        assert_eq!(after.received, after.number, "{subject}: tab {n}: {after:?}");
        let counts = browser.texts(&["gaps", "holes", "doubles"]).await;
        assert_eq!(counts, ["0", "0", "0"], "{subject}: gaps, holes, doubles of tab {n}");
    }
}

/// An nginx that only passes requests on. It ends when this is dropped.
struct Nginx {
    url: String,
    _process: Child,
    _files: TempDir,
}

impl Nginx {
    async fn start(server: u16) -> Self {
        for _ in 0..5 {
            // nginx cannot let the system pick a port, and another program may take this one first.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let files = tempfile::tempdir().unwrap();
            // One process, so that no worker outlives a master that is killed.
            let config = format!(
                "daemon off; master_process off; pid nginx.pid; events {{}}\n\
                 http {{ access_log off; server {{ listen 127.0.0.1:{port};\n\
                 location / {{ proxy_pass http://127.0.0.1:{server}; }} }} }}"
            );
            fs::write(files.path().join("config"), config).unwrap();
            let mut process = Command::new("nginx")
                .arg("-p")
                .arg(files.path())
                .args(["-c", "config", "-e", "errors"])
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap_or_else(|error| panic!("no nginx (apt-get install nginx-light): {error}"));
            while process.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                    let url = format!("http://127.0.0.1:{port}/");
                    return Self { url, _process: process, _files: files };
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        panic!("nginx does not listen");
    }
}

/// More than the six connections that a browser opens over HTTP/1.1.
const TABS: usize = 8;

/// How long no server runs. nginx answers 502 then, which closes an EventSource permanently.
const DOWN: Duration = Duration::from_secs(6);
