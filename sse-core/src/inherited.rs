//! Listening sockets that the process inherited.

use std::{
    fmt, io, net,
    sync::{Mutex, OnceLock, PoisonError},
};

use listenfd::ListenFd;

/// Takes the next socket that the process inherited, which has to be a listening TCP socket.
///
/// A service manager that owns the socket (systemd's socket activation: `LISTEN_FDS`) keeps it open while
/// the process is replaced. The kernel queues the clients that connect meanwhile, so a restart refuses no
/// connection. The adapters' `listen` calls this, and binds an address if there is no such socket.
///
/// Each call takes one socket, in the order in which the service manager passes them; `None` if there are
/// no more. Do not call it for a listener that is never inherited.
///
/// The first call removes `LISTEN_FDS` and `LISTEN_PID` from the environment, so that child processes do
/// not use them. Call it early: other threads must not read the environment at that moment, except
/// through [`std::env`](mod@std::env).
///
/// # Errors
/// [`NotListening`] if the socket is of another kind.
///
/// # Example
/// ```
/// use std::net::TcpListener;
///
/// # fn main() -> std::io::Result<()> {
/// let listener = match sse_core::inherited_tcp_listener()? {
///     Some(inherited) => inherited,
///     None => TcpListener::bind("127.0.0.1:0")?,
/// };
/// # Ok(()) }
/// ```
pub fn inherited_tcp_listener() -> Result<Option<net::TcpListener>, NotListening> {
    take("TCP", ListenFd::take_tcp_listener)
}

/// Takes the next socket that the process inherited, which has to be a listening Unix stream socket.
///
/// The counterpart of [`inherited_tcp_listener`]; both take from the same list.
///
/// # Errors
/// [`NotListening`] if the socket is of another kind.
///
/// # Example
/// ```no_run
/// use std::os::unix::net::UnixListener;
///
/// # fn main() -> std::io::Result<()> {
/// let listener = match sse_core::inherited_unix_listener()? {
///     Some(inherited) => inherited,
///     None => UnixListener::bind("events.socket")?,
/// };
/// # Ok(()) }
/// ```
#[cfg(unix)]
pub fn inherited_unix_listener() -> Result<Option<std::os::unix::net::UnixListener>, NotListening> {
    take("Unix stream", ListenFd::take_unix_listener)
}

/// The error for an inherited descriptor that is not a listening socket of the kind that was asked for.
///
/// # Example
/// ```
/// # use sse_core::NotListening;
/// fn report(error: &NotListening) {
///     eprintln!("descriptor {}: {error}", error.number);
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct NotListening {
    /// The number of the inherited descriptor, counted from 1.
    pub number: usize,
    kind: &'static str,
    reason: io::Error,
}

struct Inherited {
    sockets: ListenFd,
    next: usize,
}

fn take<L: Socket>(
    kind: &'static str,
    take: impl FnOnce(&mut ListenFd, usize) -> io::Result<Option<L>>,
) -> Result<Option<L>, NotListening> {
    static INHERITED: OnceLock<Mutex<Inherited>> = OnceLock::new();

    let inherited = INHERITED.get_or_init(|| {
        // This changes the environment, so it is done only if there is something to take.
        let sockets = match std::env::var_os("LISTEN_FDS") {
            Some(_) => ListenFd::from_env(),
            None => ListenFd::empty(),
        };
        Mutex::new(Inherited { sockets, next: 0 })
    });
    let mut inherited = inherited.lock().unwrap_or_else(PoisonError::into_inner);
    let index = inherited.next;
    let wrong = |reason| NotListening { number: index + 1, kind, reason };
    let Some(listener) = take(&mut inherited.sockets, index).map_err(wrong)? else {
        return Ok(None);
    };
    inherited.next += 1;
    match listener.is_listening() {
        Ok(true) => Ok(Some(listener)),
        Ok(false) => Err(wrong(io::Error::other("the socket does not listen"))),
        Err(error) => Err(wrong(error)),
    }
}

trait Socket {
    fn is_listening(&self) -> io::Result<bool>;
}

#[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux"))]
impl<S: std::os::fd::AsFd> Socket for S {
    fn is_listening(&self) -> io::Result<bool> {
        socket2::SockRef::from(self).is_listener()
    }
}

/// Other systems cannot report this; there, the first `accept` fails.
#[cfg(not(any(target_os = "android", target_os = "freebsd", target_os = "linux")))]
impl<S> Socket for S {
    fn is_listening(&self) -> io::Result<bool> {
        Ok(true)
    }
}

impl fmt::Display for NotListening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "inherited descriptor number {} is not a listening {} socket: check `ListenStream=` of the \
             socket unit",
            self.number, self.kind
        )
    }
}

impl std::error::Error for NotListening {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

impl From<NotListening> for io::Error {
    fn from(error: NotListening) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}
