//! Ends open streams before Rocket stops.

use std::time::Duration;

use rocket::{
    Build, Orbit, Rocket,
    fairing::{self, Fairing, Info, Kind},
    tokio::time::sleep,
};
use sse_core::{Drain, Shutdown};

/// Ends open streams when Rocket is asked to stop, so that it stops in milliseconds.
///
/// Without it, Rocket cuts streams in the middle of an event after its grace period, or waits for
/// silent ones and then reports a failed shutdown.
///
/// # Example
/// ```
/// use sse_rocket::{Drain, DrainFairing, Shutdown};
///
/// let rocket = rocket::build().attach(DrainFairing::new(Shutdown::process(), Drain::default()));
/// ```
#[derive(Debug)]
pub struct DrainFairing {
    shutdown: Shutdown,
    drain: Drain,
}

impl DrainFairing {
    /// Drains as told.
    pub fn new(shutdown: Shutdown, drain: Drain) -> Self {
        Self { shutdown, drain }
    }
}

impl Default for DrainFairing {
    /// Drains the process, as [`Drain::default`] says.
    fn default() -> Self {
        Self::new(Shutdown::process(), Drain::default())
    }
}

#[rocket::async_trait]
impl Fairing for DrainFairing {
    fn info(&self) -> Info {
        Info { name: "Server-sent events: drain", kind: Kind::Ignite | Kind::Shutdown }
    }

    /// Rocket cuts connections when its grace period is over: not before the drain is. Then, with a
    /// connection left that does not read, it sleeps its mercy period too, for nothing but TLS; so
    /// without, unless you have set it.
    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let mut figment = rocket.figment().clone();
        let grace = figment.extract_inner::<u32>("shutdown.grace").unwrap_or_default();
        figment = figment.merge(("shutdown.grace", grace.max(self.drain.deadline_in_seconds())));
        let mercy = figment.find_metadata("shutdown.mercy");
        if mercy.is_none_or(|set_by| set_by.name == "rocket::Config::default()") {
            figment = figment.merge(("shutdown.mercy", 0));
        }
        Ok(rocket.configure(figment))
    }

    async fn on_shutdown(&self, _: &Rocket<Orbit>) {
        self.shutdown.begin(self.drain.clone()).await;
        sleep(UNTIL_TASKS_END).await;
    }
}

/// Between the end of a body and the end of the tasks that write it. Rocket looks once for such
/// tasks, right after this fairing; if one is left it sleeps its whole grace period.
const UNTIL_TASKS_END: Duration = Duration::from_millis(50);
