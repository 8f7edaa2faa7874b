//! Starts and stops a Rocket.

use std::{env, pin::pin, process, time::Duration};

use rocket::{Build, Rocket, fairing::AdHoc, tokio::time::sleep};
use sse_core::{Running, Serve};

/// Launches a Rocket until Ctrl-C or SIGTERM, then ends its event streams and stops it: see [`Serve`].
///
/// `launch` turns off Rocket's own handling of these signals, which would cut streams in the middle of an
/// event after its grace period, or wait for silent ones and then report a failed shutdown. A stream that is
/// still open at the drain's deadline, because its client does not read, ends with the process.
///
/// Rocket binds its own listener, so it cannot use a socket of systemd's socket activation, and connections
/// are refused while the process is replaced. `launch` logs a warning if there is such a socket. A proxy in
/// front can answer meanwhile: see `docs/deploy.md`.
///
/// # Errors
/// Rocket's error, if it cannot be launched.
///
/// # Example
/// ```no_run
/// #[rocket::main]
/// async fn main() -> Result<(), Box<rocket::Error>> {
///     sse_rocket::launch(rocket::build()).await
/// }
/// ```
pub fn launch(rocket: Rocket<Build>) -> Serve<Box<rocket::Error>> {
    Serve::new(|running| run(rocket, running))
}

async fn run(rocket: Rocket<Build>, running: Running) -> Result<(), Box<rocket::Error>> {
    let figment = rocket.figment().clone();
    let figment = figment.merge(("shutdown.ctrlc", false));
    let figment = figment.merge(("shutdown.signals", [""; 0]));
    let settle = AdHoc::on_shutdown("server-sent events", |_| Box::pin(sleep(UNTIL_TASKS_END)));
    let rocket = rocket.configure(figment).attach(settle).manage(running.scope);
    // Only after `ignite` does Rocket's logger follow the configuration.
    let rocket = rocket.ignite().await.map_err(Box::new)?;
    if inherits_sockets() {
        // Rocket's logger prints a target that contains `rocket::launch`, such as this module's, as information.
        log::warn!(
            target: "sse_rocket",
            "Rocket 0.5 binds its own listener: the sockets that this process inherited (LISTEN_FDS) are not \
             served, and their clients get no answer. Remove the socket unit."
        );
    }
    let stop = rocket.shutdown();
    let mut launched = pin!(rocket.launch());
    let launched = rocket::tokio::select! {
        result = &mut launched => result,
        () = running.drained => {
            stop.notify();
            launched.await
        }
    };
    launched.map(drop).map_err(Box::new)
}

/// Returns whether a service manager passed sockets to this process (`sd_listen_fds(3)`).
fn inherits_sockets() -> bool {
    let number = |name| env::var(name).ok()?.parse::<u32>().ok();
    number("LISTEN_FDS").is_some_and(|count| count > 0)
        && number("LISTEN_PID").is_none_or(|pid| pid == process::id())
}

/// The time from the end of a body to the end of the task that writes it. Rocket looks for such tasks once,
/// right after its shutdown fairings. If it finds one, it sleeps for its whole grace period.
const UNTIL_TASKS_END: Duration = Duration::from_millis(50);
