//! Real signals to a real process.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
};

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
    inherit::inheriting,
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
    exit(name, &mut process).await;
    let took = began.elapsed();
    println!("{name}: {signal} took {took:?}");

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
    exit(name, &mut process).await;
    let took = began.elapsed();
    let limit = Duration::from_secs(1);
    assert!(took <= limit, "{name}: expected to end within {limit:?}, seen {took:?}");
}

/// Waits for the process to exit with success.
pub(super) async fn exit(name: &str, process: &mut Child) {
    let status = within(name, "the process to end", process.wait()).await;
    let success = status.as_ref().is_ok_and(|status| status.success());
    assert!(success, "{name}: expected success, seen {status:?}");
}

#[track_caller]
pub(super) fn send(name: &str, process: &Child, signal: Signal) {
    let pid = process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let sent = kill_process(pid.expect("a process that runs"), signal);
    assert_eq!(sent, Ok(()), "{name}: {signal:?}");
}

/// Starts the server, which writes its address as its first line.
pub(super) async fn start(name: &str, server: &str, arguments: &[&str]) -> (Child, SocketAddr) {
    let mut command = Command::new(server);
    command.arg(name).args(arguments);
    started(name, command).await
}

/// As [`start`], with a listening socket that the server inherits.
pub(super) async fn start_inheriting(
    name: &str,
    server: &str,
    socket: &TcpListener,
) -> (Child, SocketAddr) {
    let command = inheriting(Path::new(server), socket).expect("a copy of the socket");
    let mut command = Command::from(command);
    command.arg(name);
    started(name, command).await
}

async fn started(name: &str, mut command: Command) -> (Child, SocketAddr) {
    let mut process = command
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: did not start: {error}"));
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let line = within(name, "the server's address", lines.next_line()).await;
    let Ok(Some(line)) = line else { panic!("{name}: expected an address, seen {line:?}") };
    let address = line.strip_prefix("http://").and_then(|address| address.parse().ok());
    (process, address.unwrap_or_else(|| panic!("{name}: expected an address, seen {line}")))
}
