//! The socket to serve on: inherited, or bound here.

use std::{
    io,
    net::{TcpListener, ToSocketAddrs},
};

/// Takes the listening socket that the process inherited, or binds an address if there is none.
///
/// With systemd's socket activation, the service manager keeps the socket open while the process is
/// replaced, and the kernel queues the clients that connect meanwhile: a restart refuses no connection.
/// `docs/deploy.md` has the units. Started from a shell, the same program binds `address`.
///
/// Each call takes one socket, in the order of the units' `ListenStream=`. Use [`TcpListener::bind`] for a
/// listener that is never inherited. Call it early in `main`: see [`sse_core::inherited_tcp_listener`].
///
/// # Errors
/// - [`NotListening`](sse_core::NotListening), in an error of the kind
///   [`InvalidInput`](io::ErrorKind::InvalidInput), if the inherited socket is not a listening TCP socket.
/// - The system's error, if the address cannot be bound.
///
/// # Example
/// ```no_run
/// use actix_web::{App, HttpServer};
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = sse_actix::listen("127.0.0.1:3000")?;
/// sse_actix::serve(listener, HttpServer::new(|| App::new())).await
/// # }
/// ```
pub fn listen(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    match sse_core::inherited_tcp_listener()? {
        Some(inherited) => Ok(inherited),
        None => TcpListener::bind(address),
    }
}

/// Takes the listening Unix socket that the process inherited, or binds a path if there is none: see
/// [`listen`].
///
/// # Errors
/// As for [`listen`]. A path that exists cannot be bound.
///
/// # Example
/// ```no_run
/// use actix_web::{App, HttpServer};
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = sse_actix::listen_unix("events.socket")?;
/// sse_actix::serve(listener, HttpServer::new(|| App::new())).await
/// # }
/// ```
#[cfg(unix)]
pub fn listen_unix(
    path: impl AsRef<std::path::Path>,
) -> io::Result<std::os::unix::net::UnixListener> {
    match sse_core::inherited_unix_listener()? {
        Some(inherited) => Ok(inherited),
        None => std::os::unix::net::UnixListener::bind(path),
    }
}
