//! Runs a server whose graceful shutdown knows no bound.

use std::{
    future::{Future, IntoFuture},
    pin::{Pin, pin},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

use crate::{Drain, Shutdown};

/// Resolves when the streams have ended: what to give to a framework as the signal for its own
/// graceful shutdown.
pub type Drained = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Shutdown {
    /// Runs a server until `signal`, ends its streams, then stops it, all within the drain's
    /// deadline.
    ///
    /// `server` makes the framework's server, with the [`Drained`] that it gets as its shutdown
    /// signal. Until the streams have ended the server goes on to answer: requests for streams with
    /// a reconnection time and the end. Then it stops to accept and finishes other responses, for
    /// which axum and warp would wait without bound; here they have until the drain's deadline, and
    /// 100 ms at least.
    ///
    /// Returns the server's own result, or `None` if it was not done by then. What is left runs on
    /// in its tasks until the runtime, that is the process, ends.
    ///
    /// # Example
    /// With axum; the closure is what differs from framework to framework.
    /// ```ignore
    /// Shutdown::process()
    ///     .serve(termination(), Drain::default(), |drained| {
    ///         axum::serve(listener, app).with_graceful_shutdown(drained)
    ///     })
    ///     .await
    /// ```
    pub async fn serve<F: IntoFuture>(
        &self,
        signal: impl Future + Send,
        drain: Drain,
        server: impl FnOnce(Drained) -> F,
    ) -> Option<F::Output> {
        let (tell, told) = oneshot::channel::<()>();
        // Told, or told no more: both mean to stop.
        let drained = Box::pin(async move { drop(told.await) });
        let mut server = pin!(server(drained).into_future());

        let report = tokio::select! {
            output = &mut server => return Some(output),
            report = self.end_after(signal, drain) => report,
        };
        drop(tell);
        let others = report.deadline.max(Instant::now() + LEAST_FOR_OTHERS);
        tokio::select! {
            output = &mut server => Some(output),
            () = sleep_until(others) => {
                tracing::warn!("stopping with responses that are not done at the drain's deadline");
                None
            }
        }
    }
}

/// Time to write out the streams' last chunks and to close idle connections.
const LEAST_FOR_OTHERS: Duration = Duration::from_millis(100);
