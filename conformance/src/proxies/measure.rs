//! Measures one proxy with one configuration.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;
use sse_core::KeepAlive;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Measured, Outage, Proxy, Setup,
    probe::{Probe, in_time},
};
use crate::{AXUM, Lab, Server, faults::process::Process};

/// Measures a proxy with one configuration, with this number of events.
///
/// # Errors
/// If the proxy or the server does not start or end.
pub async fn measure(proxy: &'static Proxy, setup: Setup, events: usize) -> io::Result<Measured> {
    match measure_once(proxy, setup, events).await {
        Ok(measured) => Ok(measured),
        // Another program may have taken a port while nothing listened on it.
        Err(_) => measure_once(proxy, setup, events).await,
    }
}

async fn measure_once(proxy: &'static Proxy, setup: Setup, events: usize) -> io::Result<Measured> {
    let server = start().await;
    let running = proxy.start(setup, server.address).await?;
    let probe = Probe { name: proxy.name, address: running.address };
    let mut measured = streams(probe, &server.lab, events).await;
    let address = server.address;
    server.stop().stopped().await;

    let files = tempfile::tempdir()?;
    let mut node = start_node(address, &files.path().join("node.log")).await?;
    // The proxy has used the connection that ends now.
    let before = in_time(ANSWER, probe.ask("/streams/timed")).await;
    node.end(Signal::KILL).await?;
    drop(before);
    measured.outages = Some([outage(probe, &mut node).await?, outage(probe, &mut node).await?]);
    node.start_again().await?;
    measured.back = back(probe).await;
    running.end().await?;
    node.end(Signal::TERM).await?;
    Ok(measured)
}

/// Measures the server without a proxy.
pub async fn directly(events: usize) -> Measured {
    let server = start().await;
    let probe = Probe { name: "no proxy", address: server.address };
    let measured = streams(probe, &server.lab, events).await;
    server.stop().stopped().await;
    measured
}

/// A server in this process, which reports the ends of its streams.
async fn start() -> Server {
    let lab = Lab::with_config(|config| config.keep_alive(KeepAlive::every(KEEP_ALIVE)));
    Server::start(&AXUM, lab).await
}

/// As [`start_node`], with a socket that stays open when the process is killed.
pub(super) async fn start_inheriting_node(socket: TcpListener, log: &Path) -> io::Result<Process> {
    Process::start_inheriting(server_program()?, ["axum"], socket, log).await
}

/// A server in its own process, which can be killed.
pub(super) async fn start_node(address: SocketAddr, log: &Path) -> io::Result<Process> {
    let arguments = ["axum".to_owned(), address.port().to_string()];
    Process::start(server_program()?, arguments, address, log).await
}

/// Measures everything that needs a running server.
async fn streams(probe: Probe, lab: &Lab, events: usize) -> Measured {
    let mut ends = lab.ends();
    let mut headers = None;
    let mut silence = false;
    let mut gone = None;
    if let Some(mut silent) = probe.silent().await {
        headers = Some(silent.headers);
        silence = silent.survives(KEEP_ALIVE).await;
        gone = silent.leave(&mut ends, 8 * KEEP_ALIVE).await;
    }
    let delay = probe.delay(events).await;
    let squeezed = probe.squeezed(events).await;
    Measured { headers, delay, squeezed, silence, gone, outages: None, back: None }
}

/// Asks a proxy whose server is down. If there is no answer, starts the server to see whether the proxy
/// waits for it, and ends it again.
async fn outage(probe: Probe, node: &mut Process) -> io::Result<Outage> {
    let began = Instant::now();
    let mut asked = tokio::spawn(async move {
        let mut response = probe.ask("/streams/timed").await?;
        let after = began.elapsed();
        // It may not end if the server is back.
        in_time(Duration::from_secs(1), async { while response.next().await.is_ok() {} }).await;
        let content_type = response.head.get("content-type").unwrap_or_default();
        let text = String::from_utf8_lossy(response.bytes());
        let retry = text.lines().any(|line| line.starts_with("retry:"));
        Some(Outage::Answer { status: response.head.status, content_type, retry, after })
    });
    let answer = match timeout(HOLD, &mut asked).await {
        Ok(answer) => answer,
        Err(_) => {
            node.start_again().await?;
            let answer = timeout(ANSWER, &mut asked).await;
            node.end(Signal::KILL).await?;
            match answer {
                Ok(Ok(Some(answer))) if answer.survives() => return Ok(Outage::Held),
                Ok(answer) => answer,
                Err(_) => {
                    asked.abort();
                    return Ok(Outage::Nothing);
                }
            }
        }
    };
    Ok(answer?.unwrap_or(Outage::Disconnected))
}

/// Measures the time until a client receives an event again.
async fn back(probe: Probe) -> Option<Duration> {
    let began = Instant::now();
    while began.elapsed() < BACK {
        if probe.gets_an_event().await {
            return Some(began.elapsed());
        }
        sleep(Duration::from_millis(100)).await;
    }
    None
}

/// The server's program, built beside this one.
fn server_program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("conformance-server");
    if !program.exists() {
        let what = "conformance-server is not built; run `cargo build -p conformance --bins` first";
        return Err(io::Error::other(what));
    }
    Ok(program)
}

/// Short, so that many pass in little time.
const KEEP_ALIVE: Duration = Duration::from_millis(500);

/// A proxy that holds a request for longer counts as waiting for the server; HAProxy fails after 3 s.
const HOLD: Duration = Duration::from_millis(4_500);

/// How long an answer may take when the server is up.
const ANSWER: Duration = Duration::from_secs(4);

/// How long the proxy may take to find that the server is back.
const BACK: Duration = Duration::from_secs(10);
