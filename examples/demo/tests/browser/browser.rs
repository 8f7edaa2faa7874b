//! A Chromium without a window, driven through chromedriver.

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    path::Path,
    process::Stdio,
    thread,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, error::CmdError, wd::WindowHandle};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::PATIENCE;

/// A Chromium without a window and with a fresh profile. It ends when this is dropped.
pub(crate) struct Browser {
    /// What it looks at, for the messages of failures.
    subject: String,
    page: Client,
    _session: Session,
}

/// A running Chromium, which would outlive both its chromedriver and the test.
struct Session {
    id: String,
    driver: Child,
    port: u16,
    /// Everything that Chromium writes.
    files: TempDir,
}

impl Browser {
    /// Starts a browser to look at `subject`.
    pub(crate) async fn start(subject: String) -> Self {
        let files = tempfile::tempdir().unwrap();
        let (driver, port) = start_driver(files.path()).await;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&files.path().join("profile")));
        let page = timeout(2 * PATIENCE, builder.connect(&format!("http://127.0.0.1:{port}")))
            .await
            .expect("chromedriver starts Chromium")
            .unwrap_or_else(|error| panic!("no Chromium ({INSTALL}): {error}"));
        let id = page.session_id().await.unwrap().expect("a session was just opened");
        Self { subject, page, _session: Session { id, driver, port, files } }
    }

    pub(crate) async fn go_to(&self, url: &str) {
        self.answer(&format!("to go to {url}"), self.page.goto(url)).await;
    }

    pub(crate) async fn go_back(&self) {
        self.answer("to go back", self.page.back()).await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        let click = async { self.page.find(Locator::Css(selector)).await?.click().await };
        self.answer(&format!("to click {selector}"), click).await;
    }

    /// Types keys, after what the element already holds.
    pub(crate) async fn type_into(&self, selector: &str, keys: &str) {
        let typed = async { self.page.find(Locator::Css(selector)).await?.send_keys(keys).await };
        self.answer(&format!("to type into {selector}"), typed).await;
    }

    /// Runs a script in the page; returns what it returns, or what the promise it returns becomes.
    pub(crate) async fn run<T: DeserializeOwned>(&self, script: &str, argument: Value) -> T {
        let returned = self.page.execute(script, vec![argument]);
        serde_json::from_value(self.answer(&format!("to run {script}"), returned).await).unwrap()
    }

    /// Returns a PNG of the top of the page, with this width and height in pixels.
    pub(crate) async fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        let frame: u32 = self.run("return outerHeight - innerHeight", json!(null)).await;
        self.answer("to change its size", self.page.set_window_size(width, frame + height)).await;
        self.answer("for a picture", self.page.screenshot()).await
    }

    /// Returns a PNG of an element.
    pub(crate) async fn picture_of(&self, selector: &str) -> Vec<u8> {
        let picture = async { self.page.find(Locator::Css(selector)).await?.screenshot().await };
        self.answer(&format!("for a picture of {selector}"), picture).await
    }

    /// Returns the tab that it is in.
    pub(crate) async fn tab(&self) -> WindowHandle {
        self.answer("which tab it is in", self.page.window()).await
    }

    /// Opens another tab and continues there; returns the tab that it leaves.
    pub(crate) async fn open_tab(&self) -> WindowHandle {
        let left = self.tab().await;
        let tab = self.answer("to open a tab", self.page.new_window(true)).await;
        self.go_to_tab(&tab.handle).await;
        left
    }

    /// Goes to another tab; returns the one that it leaves.
    pub(crate) async fn go_to_tab(&self, tab: &WindowHandle) -> WindowHandle {
        let left = self.tab().await;
        self.answer("to change tabs", self.page.switch_to_window(tab.clone())).await;
        left
    }

    /// Closes the tab that it is in, and continues in another.
    pub(crate) async fn close_tab(&self, next: &WindowHandle) {
        self.answer("to close a tab", self.page.close_window()).await;
        self.answer("to change tabs", self.page.switch_to_window(next.clone())).await;
    }

    /// Hides all tabs of this window.
    pub(crate) async fn hide_tabs(&self) {
        self.answer("to hide the window", self.page.minimize_window()).await;
    }

    /// Crashes the tab that it is in, and continues in another.
    pub(crate) async fn crash_tab(&self, next: &WindowHandle) {
        let crashed = timeout(PATIENCE, self.page.goto("chrome://crash")).await;
        assert!(!matches!(crashed, Ok(Ok(()))), "{}: the tab did not crash", self.subject);
        self.answer("to change tabs", self.page.switch_to_window(next.clone())).await;
    }

    /// Returns the visible text of the element with this ID.
    pub(crate) async fn text(&self, id: &str) -> String {
        self.texts(&[id]).await.remove(0)
    }

    /// Returns the visible texts of the elements with these IDs, all at the same moment.
    pub(crate) async fn texts(&self, ids: &[&str]) -> Vec<String> {
        let script = "return arguments[0]\
            .map(id => document.getElementById(id)?.innerText ?? '(no element)')";
        self.run(script, json!(ids)).await
    }

    /// Returns the rows of the list with this ID, the first one last: lists show the newest first.
    /// A row's columns are separated by a line break.
    pub(crate) async fn rows(&self, id: &str) -> Vec<String> {
        let script = "return [...document.getElementById(arguments[0]).children]\
            .map(row => row.innerText).reverse()";
        self.run(script, json!(id)).await
    }

    /// Waits until the element with this ID shows this text.
    pub(crate) async fn shows(&self, id: &str, expected: &str) {
        let look = async || {
            let seen = self.text(id).await;
            if seen == expected { Ok(()) } else { Err(format!("{seen:?}")) }
        };
        self.eventually(&format!("{expected:?} in #{id}"), look).await;
    }

    /// Waits until `look` is `Ok`; fails with what it saw last, the `Err`.
    pub(crate) async fn eventually<T>(
        &self,
        expected: &str,
        look: impl AsyncFn() -> Result<T, String>,
    ) -> T {
        let until = Instant::now() + PATIENCE;
        let subject = &self.subject;
        loop {
            match look().await {
                Ok(seen) => return seen,
                Err(_) if Instant::now() < until => sleep(Duration::from_millis(50)).await,
                Err(seen) => panic!("{subject}: expected {expected}, saw {seen}"),
            }
        }
    }

    /// Waits for the answer to a command.
    async fn answer<T>(&self, asked: &str, answer: impl Future<Output = Result<T, CmdError>>) -> T {
        let subject = &self.subject;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => panic!("{subject}: the browser was asked {asked}: {error}"),
            Err(_) => panic!("{subject}: the browser was asked {asked}: no answer"),
        }
    }
}

fn capabilities(profile: &Path) -> serde_json::Map<String, Value> {
    // chromedriver lets timers of hidden tabs run as those of visible ones; users' browsers do not.
    let excluded = [
        "disable-background-timer-throttling",
        "disable-renderer-backgrounding",
        "disable-backgrounding-occluded-windows",
    ];
    let capabilities = json!({ "goog:chromeOptions": { "excludeSwitches": excluded, "args": [
        "--headless=new",
        "--no-sandbox", // it needs privileges that containers lack; every page here is our own
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        format!("--user-data-dir={}", profile.display()),
    ] } });
    serde_json::from_value(capabilities).unwrap()
}

/// Starts chromedriver on a port that the system picks, and waits until it listens.
async fn start_driver(temporary: &Path) -> (Child, u16) {
    // It gets a port for one protocol and then needs the same one for the other, where another program
    // may have taken it.
    for _ in 0..5 {
        let started = timeout(PATIENCE, try_to_start_driver(temporary)).await;
        match started.expect("chromedriver says on which port it listens") {
            Ok(driver) => return driver,
            Err(output) => println!("chromedriver ended before it listened: {output}"),
        }
    }
    panic!("chromedriver ended before it listened, five times");
}

/// Fails with what chromedriver printed.
async fn try_to_start_driver(temporary: &Path) -> Result<(Child, u16), String> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .env("TMPDIR", temporary)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("no chromedriver ({INSTALL}): {error}"));
    let mut output = BufReader::new(driver.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while let Some(line) = output.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return Ok((driver, port.trim_end_matches('.').parse().unwrap()));
        }
        printed += &line;
        printed += "\n";
    }
    Err(printed)
}

impl Drop for Session {
    /// Ends Chromium, even after a failed test. It blocks, since the runtime may be shutting down.
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("Chromium may still be running: {error}");
        }
        let _ = self.driver.start_kill();
        // Chromium's helpers take a moment longer, and may write a file into a folder just emptied.
        let until = Instant::now() + Duration::from_secs(2);
        while fs::remove_dir_all(&self.files).is_err() && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Session {
    fn end(&self) -> io::Result<()> {
        let mut driver = TcpStream::connect(("127.0.0.1", self.port))?;
        driver.set_read_timeout(Some(Duration::from_secs(5)))?;
        let request = format!("DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", self.id);
        driver.write_all(request.as_bytes())?;
        driver.read_exact(&mut [0]) // the answer comes when Chromium has ended
    }
}

const INSTALL: &str = "apt-get install chromium chromium-driver";
