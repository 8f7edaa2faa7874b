//! The socket to serve on: inherited, or bound here.

use std::io;

use tokio::net::{TcpListener, ToSocketAddrs};

/// Takes the listening socket that the process inherited, or binds an address if there is none.
///
/// With systemd's socket activation, the service manager keeps the socket open while the process is
/// replaced, and the kernel queues the clients that connect meanwhile: a restart refuses no connection.
/// `docs/deploy.md` has the units. Started from a shell, the same program binds `address`.
///
/// Each call takes one socket, in the order of the units' `ListenStream=`. Use [`TcpListener::bind`] for a
/// listener that is never inherited. Call it early in `main`: see
/// [`inherited_tcp_listener`](crate::inherited_tcp_listener).
///
/// # Errors
/// - [`NotListening`](crate::NotListening), in an error of the kind
///   [`InvalidInput`](io::ErrorKind::InvalidInput), if the inherited socket is not a listening TCP socket.
/// - The system's error, if the address cannot be bound.
///
/// # Cancel safety
/// Cancel safe: only a call that returns an inherited socket takes it.
///
/// # Example
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let listener = sse_core::listen("127.0.0.1:3000").await?;
/// # drop(listener);
/// # Ok(()) }
/// ```
pub async fn listen(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    match crate::inherited_tcp_listener()? {
        Some(inherited) => {
            inherited.set_nonblocking(true)?;
            TcpListener::from_std(inherited)
        }
        None => TcpListener::bind(address).await,
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
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let listener = sse_core::listen_unix("events.socket")?;
/// # Ok(()) }
/// ```
#[cfg(unix)]
pub fn listen_unix(path: impl AsRef<std::path::Path>) -> io::Result<tokio::net::UnixListener> {
    match crate::inherited_unix_listener()? {
        Some(inherited) => {
            inherited.set_nonblocking(true)?;
            tokio::net::UnixListener::from_std(inherited)
        }
        None => tokio::net::UnixListener::bind(path),
    }
}
