//! The listener of a server.

use std::net;

/// A listener for [`serve`](crate::serve), converted from one of the standard library's listeners.
///
/// # Example
/// ```
/// use std::net::TcpListener;
/// use sse_actix::Listener;
///
/// # fn main() -> std::io::Result<()> {
/// let listener = Listener::from(TcpListener::bind("127.0.0.1:0")?);
/// assert!(matches!(listener, Listener::Tcp(_)));
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Listener {
    /// IPv4 or IPv6.
    Tcp(net::TcpListener),
    /// A Unix socket, on which actix-web speaks HTTP/1.1 only.
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

impl From<net::TcpListener> for Listener {
    fn from(listener: net::TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

#[cfg(unix)]
impl From<std::os::unix::net::UnixListener> for Listener {
    fn from(listener: std::os::unix::net::UnixListener) -> Self {
        Self::Unix(listener)
    }
}
