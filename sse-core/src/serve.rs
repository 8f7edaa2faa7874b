//! Runs a server and stops it in time.

use std::{
    fmt,
    future::{Future, IntoFuture},
    io,
    pin::Pin,
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

use crate::{Config, Drain, Shutdown, scope::Scope};

/// Runs a server until Ctrl-C or SIGTERM, then ends its event streams and stops it, all within the
/// drain's deadline.
///
/// The adapters' `serve` and `launch` return one; `.await` runs it. Until the streams have ended, the
/// server keeps accepting: a request for a stream gets a reconnection time and the end, or 503. Then it
/// stops accepting, and finishes other responses until the drain's deadline, or for 100 ms if that is
/// later. Responses that are still open after that end with the runtime. A second Ctrl-C or SIGTERM stops
/// the server at once.
///
/// # Errors
/// The error of the framework's server, if that ends with one.
///
/// # Cancel safety
/// Not cancel safe: a server that is dropped does not drain its streams.
///
/// # Example
/// [`new`](Self::new) is for servers that an adapter does not start, such as one with TLS. The page
/// `docs/servers.md` of the repository has a complete program for each kind.
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use std::time::Duration;
/// use sse_core::{Drain, Serve, Shutdown};
///
/// let shutdown = Shutdown::new();
/// Serve::new(|server| async move {
///     // Start it here: its responses belong to `server.scope`, and it stops after this.
///     server.drained.await;
///     Ok::<_, std::io::Error>(())
/// })
/// .shutdown(shutdown.clone())
/// .drain(Drain::default().spread(Duration::from_secs(20)).deadline(Duration::from_secs(25)))
/// .until(async { /* instead of Ctrl-C and SIGTERM */ })
/// .await?;
/// assert!(shutdown.is_draining());
/// # Ok(()) }
/// ```
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<E = io::Error> {
    start: Start<E>,
    until: Option<Signal>,
    drain: Drain,
    shutdown: Shutdown,
    config: Config,
}

/// The scope and the stop signal that a server gets when it starts.
///
/// # Example
/// ```
/// # use sse_core::{Running, Serve};
/// let server = Serve::new(|Running { scope, drained, .. }| async move {
///     println!("{} streams", scope.shutdown().open_streams());
///     drained.await;
///     Ok::<_, std::io::Error>(())
/// });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Running {
    /// The scope to which its responses have to belong.
    pub scope: Scope,
    /// Resolves when its streams have ended, or at the drain's deadline. Pass it to the framework as the
    /// signal for its own graceful shutdown.
    pub drained: Drained,
}

/// Resolves when a server's streams have ended, or at the drain's deadline.
pub struct Drained(oneshot::Receiver<()>);

impl<E: Send + 'static> Serve<E> {
    /// Runs the server that `start` starts.
    ///
    /// # Example
    /// ```
    /// use sse_core::{Running, Serve};
    ///
    /// let server = Serve::new(|Running { scope, drained, .. }| async move {
    ///     // Start the framework's server with `scope`, and let this begin its graceful shutdown:
    ///     drained.await;
    ///     Ok::<_, std::io::Error>(())
    /// });
    /// ```
    pub fn new<F>(start: impl FnOnce(Running) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        Self {
            start: Box::new(move |running| Box::pin(start(running))),
            until: None,
            drain: Drain::default(),
            shutdown: Shutdown::new(),
            config: Config::default(),
        }
    }

    /// Stops when `signal` resolves, instead of at Ctrl-C and SIGTERM.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use sse_core::Serve;
    /// # let server = Serve::new(|running| async { running.drained.await; Ok::<_, std::io::Error>(()) });
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// # drop(stop);
    /// server.until(stopped).await?; // until something sends to `stop`, or drops it
    /// # Ok(()) }
    /// ```
    pub fn until<F>(mut self, signal: F) -> Self
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.until = Some(Box::pin(async move { drop(signal.await) }));
        self
    }

    /// Sets how the streams end when the server stops. Default: within 1.5 s, as [`Drain`] describes.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use sse_core::{Drain, Serve};
    /// # let server = Serve::new(|running| async { running.drained.await; Ok::<_, std::io::Error>(()) });
    /// let drain = Drain::default().spread(std::time::Duration::from_secs(20));
    /// let server = server.drain(drain);
    /// # Ok(()) }
    /// ```
    pub fn drain(mut self, drain: Drain) -> Self {
        self.drain = drain;
        self
    }

    /// Sets the [`Shutdown`] that ends the streams. Default: a new one.
    ///
    /// The server also stops when something else begins a drain of this shutdown.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use sse_core::{Serve, Shutdown};
    /// # let server = Serve::new(|running| async { running.drained.await; Ok::<_, std::io::Error>(()) });
    /// let shutdown = Shutdown::new();
    /// let server = server.shutdown(shutdown.clone());
    /// // A readiness check reads `shutdown.is_draining()`.
    /// # Ok(()) }
    /// ```
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Configures the server's streams. A response may override each setting.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use sse_core::{Config, KeepAlive, Serve};
    /// # let server = Serve::new(|running| async { running.drained.await; Ok::<_, std::io::Error>(()) });
    /// let keep_alive = KeepAlive::every(std::time::Duration::from_secs(30));
    /// let server = server.config(Config::default().keep_alive(keep_alive));
    /// # Ok(()) }
    /// ```
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    async fn run(self) -> Result<(), E> {
        let Self { start, until, drain, shutdown, config } = self;
        let scope = Scope::new(shutdown.clone(), &config);
        let (end, ended) = oneshot::channel();
        let mut server = start(Running { scope, drained: Drained(ended) });

        let asked = until.is_none();
        let until = until.unwrap_or_else(asked_to_stop);
        tokio::select! {
            result = &mut server => return result,
            () = until => {}
            () = shutdown.draining() => {}
        }
        tracing::info!(streams = shutdown.open_streams(), "draining");
        let finish = async {
            // The server answers other requests meanwhile.
            let report = tokio::select! {
                result = &mut server => return result,
                report = shutdown.begin(drain) => report,
            };
            drop(end);
            let others = report.deadline.max(Instant::now() + LEAST_FOR_OTHERS);
            tokio::select! {
                result = &mut server => result,
                () = sleep_until(others) => {
                    tracing::warn!("stopping at the drain's deadline with responses that have not finished");
                    Ok(())
                }
            }
        };
        if !asked {
            return finish.await;
        }
        tokio::select! {
            result = finish => result,
            () = asked_to_stop() => {
                tracing::warn!("stopping at once because of a second signal");
                Ok(())
            }
        }
    }
}

impl<E: Send + 'static> IntoFuture for Serve<E> {
    type Output = Result<(), E>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Future for Drained {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        // The sender is dropped to send the signal.
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

type Start<E> =
    Box<dyn FnOnce(Running) -> Pin<Box<dyn Future<Output = Result<(), E>> + Send>> + Send>;
type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

#[cfg(feature = "signal")]
fn asked_to_stop() -> Signal {
    Box::pin(crate::termination())
}

/// Without the feature `signal`, only [`Serve::until`] stops a server.
#[cfg(not(feature = "signal"))]
fn asked_to_stop() -> Signal {
    Box::pin(std::future::pending())
}

impl<E> fmt::Debug for Serve<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("drain", &self.drain)
            .field("shutdown", &self.shutdown)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drained").finish_non_exhaustive()
    }
}

/// The time to write the streams' last chunks and to close idle connections.
const LEAST_FOR_OTHERS: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        task::Waker,
    };

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn drain() -> Drain {
        Drain::default().deadline(5 * SECOND)
    }

    fn serve<E: Send + 'static>(
        server: impl FnOnce(Running) -> Pin<Box<dyn Future<Output = Result<(), E>> + Send>>
        + Send
        + 'static,
    ) -> Serve<E> {
        Serve::new(server).drain(drain())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_fails_is_not_waited_for() {
        let server = Serve::new(|_| ready(Err("failed"))).until(pending::<()>());
        assert_eq!(server.await, Err("failed"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_has_until_the_deadline_to_finish_other_responses() {
        let began = Instant::now();
        for (needs, expected, at) in [(SECOND, Err("finished"), 4), (7 * SECOND, Ok(()), 4 + 8)] {
            let server = serve(move |running: Running| {
                Box::pin(async move {
                    running.drained.await;
                    sleep(needs).await;
                    Err("finished")
                })
            });
            let result = server.until(sleep(3 * SECOND)).await;
            assert_eq!((result, began.elapsed().as_secs()), (expected, at), "{needs:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_does_not_hold_up_the_stop() {
        let shutdown = Shutdown::new();
        shutdown.join(Waker::noop().clone());
        let began = Instant::now();
        let server = serve::<io::Error>(|_| Box::pin(pending())).shutdown(shutdown);
        server.until(ready(())).await.expect("no error");
        assert_eq!(began.elapsed(), 5 * SECOND + LEAST_FOR_OTHERS);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_runs_on_while_its_streams_end() {
        let shutdown = Shutdown::new();
        shutdown.join(Waker::noop().clone());
        let server = Serve::new(|_| async {
            sleep(4 * SECOND).await;
            Err("still running")
        });
        let server = server.shutdown(shutdown).drain(drain()).until(sleep(SECOND));
        assert_eq!(server.await, Err("still running"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_that_something_else_begins_stops_the_server_as_well() {
        let shutdown = Shutdown::new();
        let server = serve::<io::Error>(|running| {
            Box::pin(async move {
                running.drained.await;
                Ok(())
            })
        });
        let server =
            tokio::spawn(server.shutdown(shutdown.clone()).until(pending::<()>()).into_future());
        sleep(SECOND).await;
        assert!(!server.is_finished());
        shutdown.begin(drain()).await;
        server.await.expect("no panic").expect("no error");
    }
}
