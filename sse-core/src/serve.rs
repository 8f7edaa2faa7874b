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
    /// signal. Until the streams have ended, the server keeps answering; a request for a stream gets a
    /// reconnection time and the end, or 503. Then it stops accepting and finishes other responses, for
    /// which axum and warp would wait without bound; here they have until the drain's deadline, and at
    /// least 100 ms.
    ///
    /// Returns the server's own result, or `None` if it was not done by then. What is left runs on
    /// in its tasks until the runtime, that is the process, ends.
    ///
    /// # Example
    /// With axum; the closure is what differs from framework to framework.
    /// ```text
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

    #[tokio::test(start_paused = true)]
    async fn a_server_that_fails_is_not_waited_for() {
        let server = |_| ready("failed");
        let output = Shutdown::new().serve(pending::<()>(), drain(), server).await;
        assert_eq!(output, Some("failed"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_has_until_the_deadline_to_finish_other_responses() {
        let began = Instant::now();
        for (needs, expected, at) in [(SECOND, Some(()), 4), (7 * SECOND, None, 4 + 8)] {
            let server = |drained: Drained| async move {
                drained.await;
                sleep(needs).await;
            };
            let output = Shutdown::new().serve(sleep(3 * SECOND), drain(), server).await;
            assert_eq!((output, began.elapsed().as_secs()), (expected, at), "{needs:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_does_not_hold_up_the_stop() {
        let shutdown = Shutdown::new();
        shutdown.join(Waker::noop().clone());
        let began = Instant::now();
        assert_eq!(shutdown.serve(ready(()), drain(), |_| pending::<()>()).await, None);
        assert_eq!(began.elapsed(), 5 * SECOND + LEAST_FOR_OTHERS);
    }
}
