//! A process that is replaced while its listening socket stays open.

use std::net::TcpListener;

use rustix::process::Signal;

use super::{
    opening::OPENING,
    signals::{exit, send, start, start_inheriting},
};
use crate::{
    Framework,
    client::{Connection, Protocol, Request, within},
};

/// The kernel queues clients that connect while no process runs, and the next process answers them. A framework that
/// binds its own listener takes no socket.
pub async fn refuses_no_connection(framework: &'static Framework, server: &str) {
    let name = framework.name;
    let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let inherited = socket.local_addr().expect("an address");
    let request = Request::get("/streams/idle");

    let (mut process, address) = start_inheriting(name, server, &socket).await;
    assert_eq!(address == inherited, framework.inherits_sockets, "{name}: listens on {address}");
    let mut stream = Protocol::Http11.ask(name, address, &request).await;
    stream.read_to(OPENING).await;
    send(name, &process, Signal::TERM);
    exit(name, &mut process).await;
    stream.read_all().await;
    if !framework.inherits_sockets {
        return;
    }

    let mut waiting = Connection::open(name, address).await;
    waiting.send(&request, "1.1").await;
    let (mut process, _) = start_inheriting(name, server, &socket).await;
    let head = within(name, "the answer to a request that waited", waiting.head()).await;
    assert_eq!(head.map(|head| head.status), Some(200), "{name}: the request that waited");
    for protocol in Protocol::ALL {
        protocol.ask(name, address, &request).await.read_to(OPENING).await;
    }
    drop(waiting);
    send(name, &process, Signal::TERM);
    exit(name, &mut process).await;

    // Without a socket to inherit, it binds its own.
    let (process, address) = start(name, server, &[]).await;
    assert_ne!(address, inherited, "{name}");
    drop(process);
}
