//! Starts and stops a server.

use sse_core::{Running, Serve};
use tokio::net::TcpListener;
use warp::{Filter, Reply};

use crate::in_scope;

/// Serves routes until Ctrl-C or SIGTERM, then ends their event streams and stops: see [`Serve`].
///
/// Takes routes that reject and routes that cannot, and sets the socket options of
/// `tune_listener` on the listener.
///
/// # Errors
/// None: warp waits and accepts again where accepting fails.
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
pub fn serve<F, R>(listener: TcpListener, routes: F) -> Serve
where
    F: Filter<Extract = (R,)> + Clone + Send + Sync + 'static,
    R: Reply + 'static,
{
    #[cfg(feature = "net")]
    sse_core::tune_listener(&listener);
    Serve::new(move |Running { scope, drained, .. }| async move {
        let routes = routes.map(move |reply: R| in_scope(&scope, reply));
        warp::serve(routes).incoming(listener).graceful(drained).run().await;
        Ok(())
    })
}
