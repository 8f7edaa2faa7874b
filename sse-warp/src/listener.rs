//! The listener of a server.

use tokio::net::TcpListener;

/// A listener for [`serve`](crate::serve), converted from one of tokio's listeners.
///
/// # Example
/// ```
/// use sse_warp::Listener;
/// use tokio::net::TcpListener;
///
/// # #[tokio::main] async fn main() -> std::io::Result<()> {
/// let listener = Listener::from(TcpListener::bind("127.0.0.1:0").await?);
/// assert!(matches!(listener, Listener::Tcp(_)));
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Listener {
    /// IPv4 or IPv6.
    Tcp(TcpListener),
    /// A Unix socket, whose clients have no address.
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

#[cfg(unix)]
impl From<tokio::net::UnixListener> for Listener {
    fn from(listener: tokio::net::UnixListener) -> Self {
        Self::Unix(listener)
    }
}
