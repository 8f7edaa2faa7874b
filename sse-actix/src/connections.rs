//! A server's stop that takes no longer than its connections.

use std::{any::Any, future::Future, io, pin::pin};

use actix_web::dev::{Extensions, Server};
use sse_core::{Drain, Shutdown};
use tokio::sync::watch;

/// Counts a server's open connections, so that it stops as soon as the last one has closed.
///
/// actix by itself looks once a second whether its connections have closed. Where that is soon
/// enough, one line will do instead of this type:
///
/// ```no_run
/// # use actix_web::{App, HttpServer};
/// # use sse_actix::{Drain, Shutdown, termination};
/// # let server = HttpServer::new(|| App::new());
/// server.shutdown_signal(Shutdown::process().after(termination(), Drain::default()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Connections(watch::Sender<usize>);

/// Lives as long as its connection.
struct Connection(Connections);

impl Connections {
    /// Counts connections: for [`HttpServer::on_connect`](actix_web::HttpServer::on_connect).
    pub fn counter(&self) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static + use<> {
        let connections = self.clone();
        move |_, extensions| {
            connections.0.send_modify(|open| *open += 1);
            extensions.insert(Connection(connections.clone()));
        }
    }

    /// Runs a server until `signal`, ends its streams, then stops it gracefully: all within the
    /// drain's deadline, and no longer than it has connections. The server must have its own
    /// signals disabled, or actix would cut the streams at Ctrl-C.
    ///
    /// # Errors
    /// The server's.
    pub async fn serve(
        &self,
        server: Server,
        shutdown: &Shutdown,
        signal: impl Future + Send,
        drain: Drain,
    ) -> io::Result<()> {
        let handle = server.handle();
        let stop = |drained| async move {
            let mut server = pin!(server);
            tokio::select! {
                result = &mut server => return result,
                () = drained => {}
            }
            // Told by the call, not by awaiting it: idle connections close, others finish.
            let _stopping = handle.stop(true);
            tokio::select! {
                result = &mut server => result,
                // The server goes with this future, and with it what is left of its workers.
                () = self.closed() => Ok(()),
            }
        };
        shutdown.serve(signal, drain, stop).await.unwrap_or(Ok(()))
    }

    async fn closed(&self) {
        // The sender is ours, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
    }
}
