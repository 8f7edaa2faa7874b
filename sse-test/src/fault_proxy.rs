//! A proxy that breaks connections.

mod pass;

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::sleep,
};

use self::pass::pass;
use crate::Fault;

/// A proxy in front of a real server that breaks the connections to it, for tests of clients and servers over sockets.
///
/// It listens on a port of the loopback interface that the system assigns, and at first passes everything. When it is
/// dropped it stops, and closes all connections. At most 256 connections are open at the same time; further ones wait.
///
/// Use it under real time: paused time would jump over the time that a byte takes.
///
/// # Example
/// ```
/// use sse_test::{Fault, FaultProxy};
/// use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0").await?;
/// let proxy = FaultProxy::before(server.local_addr()?).await?;
/// proxy.inject(Fault::Cut { after: 4 });
///
/// let mut client = TcpStream::connect(proxy.address()).await?; // or reqwest::get(proxy.url("/events"))
/// server.accept().await?.0.write_all(b"response").await?;
/// let mut received = String::new();
/// client.read_to_string(&mut received).await?;
/// assert_eq!(received, "resp");
/// # Ok(()) }
/// ```
#[must_use = "a proxy stops when it is dropped"]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _accepts: JoinSet<()>,
}

struct Shared {
    choose: Mutex<Box<dyn FnMut() -> Fault + Send>>,
    /// The number of faults that have happened.
    faults: Arc<AtomicUsize>,
    disconnect: Notify,
}

impl FaultProxy {
    /// Starts a proxy in front of a server.
    ///
    /// # Errors
    /// If no port can be opened.
    pub async fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            choose: Mutex::new(Box::new(Fault::default)),
            faults: Arc::default(),
            disconnect: Notify::new(),
        });
        let mut accepts = JoinSet::new();
        accepts.spawn(accept(listener, server, Arc::clone(&shared)));
        Ok(Self { address, shared, _accepts: accepts })
    }

    /// Sets the fault of the connections that are accepted from now on.
    pub fn inject(&self, fault: Fault) {
        self.inject_with(move || fault);
    }

    /// Chooses a fault for each connection that is accepted from now on, for example at a random byte.
    ///
    /// # Example
    /// ```
    /// # use sse_test::{Fault, FaultProxy};
    /// # fn inject(proxy: FaultProxy) {
    /// // The first connection is cut, and the others are not.
    /// let mut first = true;
    /// proxy.inject_with(move || match std::mem::take(&mut first) {
    ///     true => Fault::Cut { after: 200 },
    ///     false => Fault::None,
    /// });
    /// # }
    /// ```
    pub fn inject_with(&self, choose: impl FnMut() -> Fault + Send + 'static) {
        *self.shared.choose.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(choose);
    }

    /// Closes all open connections, at whatever byte they are. The proxy's task does so after this call has returned.
    pub fn disconnect_all(&self) {
        self.shared.disconnect.notify_one();
    }

    /// Returns the number of connections whose fault has happened. A response that is shorter than its fault's number of
    /// bytes does not count.
    pub fn faults(&self) -> usize {
        self.shared.faults.load(Relaxed)
    }

    /// Returns the address to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Accepts connections until it is dropped, which closes them.
async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                let Ok((client, _)) = accepted else {
                    // There are too many open files, or this client has left already.
                    sleep(Fault::PAUSE).await;
                    continue;
                };
                let fault = shared.fault();
                connections.spawn(connect(client, server, fault, Arc::clone(&shared.faults)));
            }
            _ = connections.join_next(), if !connections.is_empty() => {}
            () = shared.disconnect.notified() => connections.abort_all(),
        }
    }
}

/// Passes a connection on. The loss of either peer ends it, and is not an error of the proxy.
async fn connect(client: TcpStream, server: SocketAddr, fault: Fault, faults: Arc<AtomicUsize>) {
    let _ = pass(client, server, fault, || {
        faults.fetch_add(1, Relaxed);
    })
    .await;
}

impl Shared {
    fn fault(&self) -> Fault {
        (self.choose.lock().unwrap_or_else(PoisonError::into_inner))()
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("address", &self.address)
            .field("faults", &self.faults())
            .finish_non_exhaustive()
    }
}

/// Each has two sockets, so these are half of the 1,024 files that a process may usually have open.
const MAX_CONNECTIONS: usize = 256;
