//! Ends open streams before Rocket stops.

use std::{future::Future, pin::pin, time::Duration};

use rocket::{Build, Rocket, fairing::AdHoc, tokio::time::sleep};
use sse_core::{Drain, Shutdown};

/// Launches a Rocket that runs until `signal`, ends its streams, then stops, all within the drain's
/// deadline.
///
/// Rocket's own handling of Ctrl-C and SIGTERM is off: it would cut streams in the middle of an
/// event after its grace period, or wait for silent ones and then report a failed shutdown. Until
/// the streams have ended Rocket goes on to answer; what is left at the deadline, since its client
/// does not read, ends with the process.
///
/// # Errors
/// Rocket's, if it cannot be launched.
///
/// # Example
/// ```no_run
/// use sse_rocket::{Drain, Shutdown, launch, termination};
///
/// #[rocket::main]
/// async fn main() -> Result<(), Box<rocket::Error>> {
///     launch(rocket::build(), &Shutdown::process(), termination(), Drain::default()).await
/// }
/// ```
pub async fn launch(
    rocket: Rocket<Build>,
    shutdown: &Shutdown,
    signal: impl Future + Send,
    drain: Drain,
) -> Result<(), Box<rocket::Error>> {
    let figment = rocket.figment().clone();
    let figment = figment.merge(("shutdown.ctrlc", false));
    let figment = figment.merge(("shutdown.signals", [""; 0]));
    let settle = AdHoc::on_shutdown("server-sent events", |_| Box::pin(sleep(UNTIL_TASKS_END)));
    let rocket = rocket.configure(figment).attach(settle).ignite().await.map_err(Box::new)?;
    let stop = rocket.shutdown();
    let launched = |drained| async move {
        let mut launched = pin!(rocket.launch());
        rocket::tokio::select! {
            result = &mut launched => return result,
            () = drained => stop.notify(),
        }
        launched.await
    };
    match shutdown.serve(signal, drain, launched).await {
        Some(Err(error)) => Err(Box::new(error)),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// Between the end of a body and the end of the tasks that write it. Rocket looks once for such
/// tasks, right after its shutdown fairings; if one is left it sleeps its whole grace period.
const UNTIL_TASKS_END: Duration = Duration::from_millis(50);
