//! Starts and stops a server.

use sse_core::{Running, Serve};
use warp::{Filter, Reply};

use crate::{Listener, in_scope};

/// Serves routes until Ctrl-C or SIGTERM, then ends their event streams and stops: see [`Serve`].
///
/// The routes may reject. The listener is a TCP or a Unix listener; `serve` sets the socket options of
/// `tune_listener` on a TCP listener.
///
/// # Errors
/// None: warp waits and tries again when it cannot accept a connection.
///
/// # Example
/// ```no_run
/// use warp::Filter;
///
/// # #[tokio::main] async fn main() -> std::io::Result<()> {
/// let routes = warp::path!("hello").map(|| "hello");
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// sse_warp::serve(listener, routes).await
/// # }
/// ```
pub fn serve<F, R>(listener: impl Into<Listener>, routes: F) -> Serve
where
    F: Filter<Extract = (R,)> + Clone + Send + Sync + 'static,
    R: Reply + 'static,
{
    let listener = listener.into();
    #[cfg(feature = "net")]
    match &listener {
        Listener::Tcp(listener) => sse_core::tune_listener(listener),
        #[cfg(unix)]
        Listener::Unix(_) => {}
    }
    Serve::new(move |Running { scope, drained, .. }| async move {
        let server = warp::serve(routes.map(move |reply: R| in_scope(&scope, reply)));
        match listener {
            Listener::Tcp(listener) => server.incoming(listener).graceful(drained).run().await,
            #[cfg(unix)]
            Listener::Unix(listener) => server.incoming(listener).graceful(drained).run().await,
        }
        Ok(())
    })
}
