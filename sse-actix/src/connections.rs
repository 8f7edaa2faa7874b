//! The connections of a server.

use std::{
    any::Any,
    fmt, io,
    pin::pin,
    sync::{Arc, OnceLock},
};

use actix_web::dev::{Extensions, Server};
use sse_core::{Running, adapter::Scope};
use tokio::sync::watch;

use crate::serve::Serve;

/// Connects the responses of a server to its scope, and counts its connections, so that the server stops as
/// soon as the last one has closed. (actix-web itself checks once a second.)
///
/// [`serve`](crate::serve) uses it for the servers that it starts. Use it for a server that you start
/// yourself, such as one with TLS or several listeners. Set the callback before the listeners. The page
/// `docs/servers.md` of the repository has complete programs.
///
/// # Example
/// ```no_run
/// # use actix_web::{App, HttpServer};
/// # use sse_actix::Connections;
/// # async fn run() -> std::io::Result<()> {
/// let connections = Connections::default();
/// let server = HttpServer::new(|| App::new())
///     .on_connect(connections.on_connect())
///     .h1_allow_half_closed(false) // a client that leaves is noticed at once
///     .tcp_nodelay(true) // an event leaves at once
///     .disable_signals() // actix's would cut the streams
///     .bind(("127.0.0.1", 3000))? // or bind_rustls_0_23
///     .run();
/// connections.serve(server).await
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Connections(Arc<Inner>);

#[derive(Default)]
struct Inner {
    open: watch::Sender<usize>,
    /// Set when the server starts, before its first connection.
    scope: OnceLock<Scope>,
    on_connect: OnceLock<Box<OnConnect>>,
}

pub(crate) type OnConnect = dyn Fn(&dyn Any, &mut Extensions) + Send + Sync;

/// Lives as long as its connection.
struct Connection(Arc<Inner>);

impl Connections {
    /// Returns the callback for [`HttpServer::on_connect`](actix_web::HttpServer::on_connect).
    ///
    /// actix-web keeps only one such callback, so pass your own to [`Serve::on_connect`].
    pub fn on_connect(&self) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static + use<> {
        let inner = Arc::clone(&self.0);
        move |connection, extensions| {
            inner.open.send_modify(|open| *open += 1);
            extensions.insert(Connection(Arc::clone(&inner)));
            if let Some(on_connect) = inner.on_connect.get() {
                on_connect(connection, extensions);
            }
        }
    }

    /// Runs a server that has the [callback](Self::on_connect), until Ctrl-C or SIGTERM.
    ///
    /// The server's own signals must be disabled, because they would cut the streams.
    pub fn serve(self, server: Server) -> Serve {
        self.run(Ok(server))
    }

    pub(crate) fn run(self, server: io::Result<Server>) -> Serve {
        let connections = self.clone();
        let serve = sse_core::Serve::new(move |running| self.run_until(server, running));
        Serve::new(serve, connections)
    }

    async fn run_until(self, server: io::Result<Server>, running: Running) -> io::Result<()> {
        let server = server?;
        // The scope is not set yet, because the builder runs once.
        let _ = self.0.scope.set(running.scope);
        let handle = server.handle();
        let mut server = pin!(server);
        tokio::select! {
            result = &mut server => return result,
            () = running.drained => {}
        }
        // The call itself requests the stop: idle connections close, and others finish.
        let _stopping = handle.stop(true);
        tokio::select! {
            result = &mut server => result,
            // The server is dropped with this future, and its workers end with it.
            () = self.closed() => Ok(()),
        }
    }

    pub(crate) fn set_on_connect(&self, on_connect: Box<OnConnect>) {
        // Only the first call counts.
        let _ = self.0.on_connect.set(on_connect);
    }

    async fn closed(&self) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.0.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

/// Returns the scope of a request's server. A request without a connection, as in a test, has that of its app.
pub(crate) fn scope(request: &actix_web::HttpRequest) -> Option<&Scope> {
    match request.conn_data::<Connection>() {
        Some(connection) => connection.0.scope.get(),
        None => request.app_data(),
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("open", &*self.0.open.borrow())
            .field("scope", &self.0.scope)
            .finish_non_exhaustive()
    }
}
