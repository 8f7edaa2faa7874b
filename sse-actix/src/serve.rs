//! Starts and stops a server.

use std::{
    any::Any,
    fmt,
    future::{Future, IntoFuture},
    io,
    pin::Pin,
};

use actix_web::{
    Error, HttpServer,
    body::MessageBody,
    dev::{AppConfig, Extensions, Response, Service, ServiceFactory},
};
use sse_core::{Config, Drain, Shutdown};

use crate::{Listener, connections::Connections};

/// Serves an app until Ctrl-C or SIGTERM, then ends its event streams and stops: see
/// [`sse_core::Serve`].
///
/// It sets up the server for event streams: an event leaves at once (`tcp_nodelay`), a client that leaves is
/// noticed at once (`h1_allow_half_closed(false)`), actix-web's own signal handling is off, and a TCP
/// listener has the socket options of `tune_listener`.
///
/// The server keeps the listeners that it already has, but the streams on them are cut when it stops:
/// actix-web reports only the connections of listeners that are added later. For several listeners, see
/// [`Connections`].
///
/// # Errors
/// The server's error, if it cannot listen, or fails later.
///
/// # Example
/// ```no_run
/// use actix_web::{App, HttpServer};
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = std::net::TcpListener::bind("127.0.0.1:3000")?;
/// sse_actix::serve(listener, HttpServer::new(|| App::new())).await
/// # }
/// ```
pub fn serve<F, I, S, B>(listener: impl Into<Listener>, server: HttpServer<F, I, S, B>) -> Serve
where
    F: Fn() -> I + Send + Clone + 'static,
    I: actix_service::IntoServiceFactory<S, actix_http::Request>,
    S: ServiceFactory<actix_http::Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<actix_http::Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let connections = Connections::default();
    let server = server
        .on_connect(connections.on_connect())
        .h1_allow_half_closed(false)
        .tcp_nodelay(true)
        .disable_signals();
    let server = match listener.into() {
        Listener::Tcp(listener) => {
            #[cfg(feature = "net")]
            sse_core::tune_listener(&listener);
            #[cfg(feature = "http2")]
            let server = server.listen_auto_h2c(listener);
            #[cfg(not(feature = "http2"))]
            let server = server.listen(listener);
            server
        }
        #[cfg(unix)]
        Listener::Unix(listener) => server.listen_uds(listener),
    };
    connections.run(server.map(HttpServer::run))
}

/// Runs a server until Ctrl-C or SIGTERM, then ends its event streams and stops it: see
/// [`sse_core::Serve`].
///
/// # Example
/// ```no_run
/// use std::time::Duration;
///
/// use actix_web::{App, HttpServer};
/// use sse_actix::{Config, Drain, KeepAlive};
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = std::net::TcpListener::bind("127.0.0.1:3000")?;
/// sse_actix::serve(listener, HttpServer::new(|| App::new()))
///     .config(Config::default().keep_alive(KeepAlive::every(Duration::from_secs(30))))
///     .drain(Drain::default().spread(Duration::from_secs(20)))
///     .await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve {
    serve: sse_core::Serve,
    connections: Connections,
}

impl Serve {
    pub(crate) fn new(serve: sse_core::Serve, connections: Connections) -> Self {
        Self { serve, connections }
    }

    /// Calls `callback` for each connection. Use it instead of [`HttpServer::on_connect`], which
    /// [`serve`](crate::serve) replaces. Only the first call counts.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::Serve;
    /// # async fn run(server: Serve) -> std::io::Result<()> {
    /// server
    ///     .on_connect(|connection, _| {
    ///         if let Some(socket) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
    ///             println!("{:?}", socket.peer_addr());
    ///         }
    ///     })
    ///     .await
    /// # }
    /// ```
    pub fn on_connect(
        self,
        callback: impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static,
    ) -> Self {
        self.connections.set_on_connect(Box::new(callback));
        self
    }

    /// Stops when `signal` resolves, instead of at Ctrl-C and SIGTERM.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::Serve;
    /// # async fn run(server: Serve) -> std::io::Result<()> {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// server.until(stopped).await // until something sends to `stop`, or drops it
    /// # }
    /// ```
    pub fn until<F>(self, signal: F) -> Self
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Self { serve: self.serve.until(signal), ..self }
    }

    /// Sets how the streams end when the server stops. Default: within 1.5 s, as [`Drain`] describes.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::{Drain, Serve};
    /// # async fn run(server: Serve) -> std::io::Result<()> {
    /// server.drain(Drain::default().spread(std::time::Duration::from_secs(20))).await
    /// # }
    /// ```
    pub fn drain(self, drain: Drain) -> Self {
        Self { serve: self.serve.drain(drain), ..self }
    }

    /// Sets the [`Shutdown`] that ends the streams: see [`sse_core::Serve::shutdown`].
    ///
    /// # Example
    /// ```
    /// # use sse_actix::{Serve, Shutdown};
    /// # async fn run(server: Serve) -> std::io::Result<()> {
    /// let shutdown = Shutdown::new();
    /// // A readiness check reads `shutdown.is_draining()`.
    /// server.shutdown(shutdown.clone()).await
    /// # }
    /// ```
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        Self { serve: self.serve.shutdown(shutdown), ..self }
    }

    /// Configures the server's streams. A response may override each setting.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::{Config, KeepAlive, Serve};
    /// # async fn run(server: Serve) -> std::io::Result<()> {
    /// let keep_alive = KeepAlive::every(std::time::Duration::from_secs(30));
    /// server.config(Config::default().keep_alive(keep_alive)).await
    /// # }
    /// ```
    pub fn config(self, config: Config) -> Self {
        Self { serve: self.serve.config(config), ..self }
    }
}

impl IntoFuture for Serve {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.serve.into_future()
    }
}
