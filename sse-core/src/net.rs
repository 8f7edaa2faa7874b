//! Socket options for event streams.

/// Sets options on a listener that every connection it accepts inherits (Linux only; on other systems, this
/// function does nothing).
///
/// - `TCP_USER_TIMEOUT` 30 s: the kernel closes the connection of a peer that stopped reading, or
///   disappeared from the network. A body cannot do this with a timer, because a framework does not poll
///   the body while its connection takes no bytes. A longer timeout tolerates a train in a tunnel; a
///   shorter one frees memory sooner.
/// - `TCP_NOTSENT_LOWAT` 64 KiB: the kernel buffers at most this much that it has not sent yet, so a slow
///   client is noticed while its events can still be dropped or merged. A lower mark causes more wake-ups.
/// - `TCP_NODELAY`: the kernel sends an event at once, instead of waiting until the one before is
///   acknowledged (up to 40 ms).
///
/// The options are best effort: if the system refuses one, as for a Unix socket, the reason is logged at
/// debug level and the listener works without it.
///
/// # Example
/// ```
/// # fn main() -> std::io::Result<()> {
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// sse_core::tune_listener(&listener);
/// # Ok(()) }
/// ```
#[cfg(target_os = "linux")]
pub fn tune_listener(listener: &impl std::os::fd::AsFd) {
    use std::time::Duration;

    let socket = socket2::SockRef::from(listener);
    for (option, result) in [
        ("TCP_USER_TIMEOUT", socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))),
        ("TCP_NOTSENT_LOWAT", socket.set_tcp_notsent_lowat(64 * 1024)),
        ("TCP_NODELAY", socket.set_tcp_nodelay(true)),
    ] {
        if let Err(error) = result {
            tracing::debug!(option, %error, "could not set a socket option; the listener works without it");
        }
    }
}

/// Does nothing, because the options exist only on Linux.
#[cfg(not(target_os = "linux"))]
pub fn tune_listener<L>(_: &L) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{io, net, os::unix::net::UnixListener, time::Duration};

    use super::*;

    #[test]
    fn accepted_connections_inherit_the_options() -> io::Result<()> {
        let listener = net::TcpListener::bind("127.0.0.1:0")?;
        tune_listener(&listener);
        let _client = net::TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;

        let socket = socket2::SockRef::from(&server);
        assert!(socket.tcp_nodelay()?);
        assert_eq!(socket.tcp_user_timeout()?, Some(Duration::from_secs(30)));
        assert_eq!(socket.tcp_notsent_lowat()?, 64 * 1024);
        Ok(())
    }

    #[test]
    fn a_unix_listener_works_without_the_options() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path)?;
        tune_listener(&listener);
        let _client = std::os::unix::net::UnixStream::connect(&path)?;
        listener.accept()?;
        Ok(())
    }
}
