//! EventSources of a real browser while their server is down and restarts.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

use rustix::process::Signal;
use tokio::{
    process::Command,
    time::{Instant, sleep, timeout},
};

use super::{
    Proxy, Running, Setup,
    measure::{start_inheriting_node, start_node},
    reports::{Report, Reports},
};
use crate::faults::process::{Process, free_address};

/// What happens to connections while no server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// They are refused.
    Refuses,
    /// They wait for the next server, which inherits the listening socket.
    Queues,
}

/// The outcome for the EventSources of a browser.
#[derive(Clone, Debug)]
pub struct Comeback {
    down: Down,
    report: Report,
    after: Duration,
}

/// Lets Chromium follow streams over HTTP/2 through nginx, and kills the server for some seconds.
///
/// # Errors
/// If anything does not start, or the page does not get all its streams at first.
pub async fn browse(nginx: &Proxy, setup: Setup, down: Down) -> io::Result<Comeback> {
    let files = tempfile::tempdir()?;
    certify(files.path()).await?;
    let log = files.path().join("node.log");
    let (server, mut node) = match down {
        Down::Refuses => {
            let address = free_address().await?;
            (address, start_node(address, &log).await?)
        }
        Down::Queues => {
            let socket = TcpListener::bind(("127.0.0.1", 0))?;
            (socket.local_addr()?, start_inheriting_node(socket, &log).await?)
        }
    };
    let mut reports = Reports::start(include_str!("page.html")).await?;
    let text = over_tls(&nginx.text(setup), files.path(), reports.address);
    let running = Running::start(nginx, server, &text).await?;
    let mut chromium = start_chromium(running.address, files.path()).await?;

    let all = |report: &Report| report.live == SOURCES;
    let began = timeout(PATIENCE, reports.wait_for(all)).await.ok().flatten();
    began.ok_or_else(|| io::Error::other("Chromium does not get its streams"))?;
    node.end(Signal::KILL).await?;
    let silent = timeout(PATIENCE, reports.wait_for(|report| report.live == 0));
    silent
        .await
        .ok()
        .flatten()
        .ok_or_else(|| io::Error::other("Chromium gets events from a server that was killed"))?;
    sleep(down.time()).await;
    node.start_again().await?;
    let again = Instant::now();
    let settled = |report: &Report| report.closed + report.live == SOURCES;
    let report = timeout(PATIENCE, reports.wait_for(settled)).await.ok().flatten();
    let report = report.ok_or_else(|| io::Error::other("neither closed nor open EventSources"))?;
    let after = again.elapsed();

    chromium.end(Signal::TERM).await?;
    running.end().await?;
    node.end(Signal::TERM).await?;
    Ok(Comeback { down, report, after })
}

impl Comeback {
    /// Whether all of them get events again, and got each event once.
    pub fn lost_nothing(&self) -> bool {
        let Report { live, lost, protocol, .. } = &self.report;
        *live == SOURCES && *lost == 0 && protocol == "h2"
    }
}

impl fmt::Display for Comeback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { down, report: Report { open, closed, live, lost, protocol }, after } = self;
        write!(
            f,
            "{down}: {SOURCES} EventSources over {protocol}; {:.1} s after the server was back: \
             {closed} closed, {open} open, {live} get events, {lost} events lost or doubled",
            after.as_secs_f64()
        )
    }
}

impl Down {
    /// How long the server is down.
    fn time(self) -> Duration {
        Duration::from_secs(match self {
            Self::Refuses => 3,
            Self::Queues => 6,
        })
    }
}

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Refuses => "refused",
            Self::Queues => "queued",
        };
        write!(f, "connections {what} for {} s", self.time().as_secs())
    }
}

/// Adds what only a browser needs: HTTP/2, which it speaks over TLS, and its page.
fn over_tls(text: &str, files: &Path, page: SocketAddr) -> String {
    let files = files.display();
    let with = format!(
        "listen 127.0.0.1:3000 ssl http2;\n\
         ssl_certificate {files}/cert.pem;\n\
         ssl_certificate_key {files}/key.pem;\n\
         location /browser/ {{ proxy_pass http://{page}/; }}"
    );
    text.replace("listen 127.0.0.1:3000;", &with)
}

/// Makes an untrusted certificate.
async fn certify(files: &Path) -> io::Result<()> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(files)
        .kill_on_drop(true)
        .output();
    let made = timeout(PATIENCE, made).await??;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        return Err(io::Error::other(format!("openssl makes no certificate: {said}")));
    }
    Ok(())
}

/// Starts Chromium; an open debugger's port shows that it has started.
async fn start_chromium(address: SocketAddr, files: &Path) -> io::Result<Process> {
    let debugger = free_address().await?;
    // Everything that it writes is removed with the folder.
    let home = ["HOME", "TMPDIR"].map(|name| format!("{name}={}", files.display()));
    let arguments = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-breakpad",
        "--ignore-certificate-errors",
    ];
    let own = [
        format!("--user-data-dir={}", files.join("profile").display()),
        format!("--remote-debugging-port={}", debugger.port()),
        format!("https://{address}/browser/"),
    ];
    let arguments = home.into_iter().chain(arguments.map(str::to_owned)).chain(own);
    Process::start("env", arguments, debugger, &files.join("chromium.log")).await
}

/// The number of EventSources that `page.html` opens.
const SOURCES: usize = 30;

const PATIENCE: Duration = Duration::from_secs(20);
