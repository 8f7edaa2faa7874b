//! Socket options for event streams.

use std::io;

/// Sets options on a listener that every connection it accepts inherits (Linux; elsewhere this does
/// nothing).
///
/// - `TCP_USER_TIMEOUT` 30 s: a peer that stopped reading, or vanished from the network, is cut by
///   the kernel. Nothing else can: a framework does not poll the body of a connection that takes no
///   bytes, so no timer of ours runs. Longer forgives a train's tunnel; shorter frees memory sooner.
/// - `TCP_NOTSENT_LOWAT` 64 KiB: the kernel takes only so much ahead of the network, so a slow
///   client is noticed while its events are still here to be dropped or merged. Lower makes more
///   wake-ups.
/// - `TCP_NODELAY`: an event leaves at once, not when the one before is acknowledged (up to 40 ms).
///
/// # Errors
/// The system's, if an option cannot be set.
///
/// # Example
/// ```
/// # fn main() -> std::io::Result<()> {
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// sse_core::tune_listener(&listener)?;
/// # Ok(()) }
/// ```
#[cfg(target_os = "linux")]
pub fn tune_listener(listener: &impl std::os::fd::AsFd) -> io::Result<()> {
    use std::time::Duration;

    let socket = socket2::SockRef::from(listener);
    socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
    socket.set_tcp_notsent_lowat(64 * 1024)?;
    socket.set_tcp_nodelay(true)
}

/// Does nothing: the options are Linux's.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn tune_listener<L>(_: &L) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{net, time::Duration};

    use super::*;

    #[test]
    fn accepted_connections_inherit_the_options() -> io::Result<()> {
        let listener = net::TcpListener::bind("127.0.0.1:0")?;
        tune_listener(&listener)?;
        let _client = net::TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;

        let socket = socket2::SockRef::from(&server);
        assert!(socket.tcp_nodelay()?);
        assert_eq!(socket.tcp_user_timeout()?, Some(Duration::from_secs(30)));
        assert_eq!(socket.tcp_notsent_lowat()?, 64 * 1024);
        Ok(())
    }
}
