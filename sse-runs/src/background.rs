//! The work of the runs between calls.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    select,
    time::{Instant, sleep_until},
};

use crate::{Runs, inner::Inner};

impl Runs {
    /// Returns the future that does the work between calls; spawn it once, on a Tokio runtime with a timer. It stops
    /// runs whose [readers are gone](crate::OnDisconnect) and forgets old ones, and does the work of the hub's own
    /// [`background`](sse_hub::Hub::background).
    ///
    /// It ends as the hub's does, once the last handle to the runs and to the hub is dropped.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::new(Hub::new());
    /// tokio::spawn(runs.background());
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping it leaves the work undone, as for the hub's background.
    pub fn background(&self) -> impl Future<Output = ()> + Send + use<> {
        let (runs, register) = (Arc::downgrade(&self.0), Arc::clone(&self.0.register));
        let hub = self.0.hub.background();
        async move {
            let mut hub = pin!(hub);
            while let Some(next) = work(&runs) {
                select! {
                    () = &mut hub => return,
                    () = register.changed.notified() => {}
                    () = sleep_until(next) => {}
                }
            }
            hub.await;
        }
    }
}

/// Does what is due; returns when there may be more to do, or `None` if the last handle is gone.
fn work(runs: &Weak<Inner>) -> Option<Instant> {
    let runs = runs.upgrade()?;
    let latest = Instant::now() + SELDOMEST;
    Some(runs.work().map_or(latest, |next| next.min(latest)))
}

/// How often old runs are forgotten, at the least.
const SELDOMEST: Duration = Duration::from_secs(60);
