//! Real signals to a real process.

use std::{net::SocketAddr, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Duration, Instant},
};

use super::{
    drain::{check_ends, open_streams},
    opening::OPENING,
};
use crate::{
    Framework,
    client::{Connection, Protocol, Request, within},
};

/// A process with 20 idle and 20 busy streams ends them completely and exits with success, within a
/// second of the signal.
pub async fn stops_within_a_second(framework: &'static Framework, server: &str, signal: &str) {
    let name = framework.name;
    let (mut process, address) = start(name, server, &[]).await;
    let bodies =
        open_streams(
            name,
            |request| async move { Protocol::Http11.ask(name, address, &request).await },
        )
        .await;

    let began = Instant::now();
    send(name, &process, if signal == "SIGINT" { Signal::INT } else { Signal::TERM });
    let status = within(name, "the process to end", process.wait()).await;
    let took = began.elapsed();
    println!("{name}: {signal} took {took:?}");

    assert!(
        status.as_ref().is_ok_and(|status| status.success()),
        "{name}: expected success after {signal}, seen {status:?}"
    );
    check_ends(name, bodies).await;
    let limit = Duration::from_secs(1);
    assert!(took <= limit, "{name}: expected to end within {limit:?} of {signal}, seen {took:?}");
}

/// A drain that waits for a client which does not read is cut short by a second signal.
pub async fn a_second_signal_stops_at_once(framework: &'static Framework, server: &str) {
    let name = framework.name;
    let (mut process, address) = start(name, server, &["0", "60"]).await;
    let mut deaf = Connection::open(name, address).await;
    deaf.send(&Request::get("/streams/always"), "1.1").await;
    let mut idle = Protocol::Http11.ask(name, address, &Request::get("/streams/idle")).await;
    idle.read_to(OPENING).await;
    send(name, &process, Signal::TERM);
    // Its end shows that the drain has begun.
    idle.read_all().await;
    let began = Instant::now();
    send(name, &process, Signal::TERM);
    let status = within(name, "the process to end", process.wait()).await;
    let took = began.elapsed();
    assert!(status.as_ref().is_ok_and(|status| status.success()), "{name}: seen {status:?}");
    let limit = Duration::from_secs(1);
    assert!(took <= limit, "{name}: expected to end within {limit:?}, seen {took:?}");
}

#[track_caller]
fn send(name: &str, process: &Child, signal: Signal) {
    let pid = process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let sent = kill_process(pid.expect("a process that runs"), signal);
    assert_eq!(sent, Ok(()), "{name}: {signal:?}");
}

/// Starts the server, which writes its address as its first line.
async fn start(name: &str, server: &str, arguments: &[&str]) -> (Child, SocketAddr) {
    let mut process = Command::new(server)
        .arg(name)
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {server} did not start: {error}"));
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let line = within(name, "the server's address", lines.next_line()).await;
    let Ok(Some(line)) = line else { panic!("{name}: expected an address, seen {line:?}") };
    let address = line.strip_prefix("http://").and_then(|address| address.parse().ok());
    (process, address.unwrap_or_else(|| panic!("{name}: expected an address, seen {line}")))
}
