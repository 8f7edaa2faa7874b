//! The servers under load. All do the same, each in the idiom of its framework.
//!
//! | route | response |
//! |---|---|
//! | `GET /events` | the events that are published |
//! | `GET /flood/{size}` | the same event repeatedly, as fast as it is read |
//! | `GET /resume/{first}/{count}` | all events of some topics, then those published to them |
//!
//! Standard input takes [`Command`]s, one on each line, and its end ends the process. The first line of
//! standard output is the port; the next lines are the answers to commands that have one.

pub mod actix;
pub mod axum;
mod board;
mod bus;
mod by_hand;
mod command;
pub mod epoll;
pub mod rocket;
pub mod warp;

use std::{
    io::{self, BufRead as _, Write as _},
    process, thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime::Runtime, sync::mpsc};

pub use self::{
    bus::Bus,
    command::{Command, Shape},
};
use crate::{Contestant, Framework, system};

/// Whether the operator watches a server. Without the feature `operate`, it does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watched {
    /// It does not.
    #[default]
    Not,
    /// A recorder takes the metrics.
    Metrics,
    /// The inspector's page is open.
    Inspector,
}

impl Watched {
    /// Installs what the process needs for it.
    ///
    /// # Errors
    /// The recorder's error, as text.
    pub fn begin(self) -> Result<(), String> {
        #[cfg(feature = "operate")]
        if self == Self::Metrics {
            let builder = metrics_exporter_prometheus::PrometheusBuilder::new();
            builder.install_recorder().map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// The options of a server.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether its listener has the options of `tune_listener`, including `TCP_NODELAY`, instead of only
    /// those of its framework.
    pub tuned: bool,
    /// The silence after which a keep-alive is sent (raw byte streams have none).
    pub keep_alive: Duration,
    /// Whether the operator watches it.
    pub watched: Watched,
}

impl Default for Options {
    fn default() -> Self {
        Self { tuned: true, keep_alive: Duration::from_secs(15), watched: Watched::Not }
    }
}

impl Options {
    /// Returns the options as arguments for the command line.
    pub fn to_args(self) -> [String; 3] {
        let watched = match self.watched {
            Watched::Not => "not",
            Watched::Metrics => "metrics",
            Watched::Inspector => "inspector",
        };
        [self.tuned.to_string(), self.keep_alive.as_millis().to_string(), watched.to_owned()]
    }

    /// Reads the options from arguments of the command line. Missing ones have their default.
    pub fn from_args(mut args: impl Iterator<Item = String>) -> Self {
        let default = Self::default();
        let tuned = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(default.tuned);
        let keep_alive = args.next().and_then(|arg| arg.parse().ok());
        let keep_alive = keep_alive.map_or(default.keep_alive, Duration::from_millis);
        let watched = match args.next().as_deref() {
            Some("metrics") => Watched::Metrics,
            Some("inspector") => Watched::Inspector,
            _ => Watched::Not,
        };
        Self { tuned, keep_alive, watched }
    }
}

/// Runs a server on the core of the servers until standard input ends.
///
/// # Errors
/// The server's error, as text.
pub fn serve(contestant: Contestant, options: Options) -> Result<(), String> {
    system::pin(system::SERVER);
    // Small loads work with fewer files; the report checks the limit for its own loads.
    let _ = system::need_files(system::FILES);
    options.watched.begin()?;
    match contestant.framework {
        Framework::Axum => axum::serve(Bus::new(contestant.kind, options)),
        Framework::Actix => actix::serve(Bus::new(contestant.kind, options)),
        Framework::Warp => warp::serve(Bus::new(contestant.kind, options)),
        Framework::Rocket => rocket::serve(Bus::new(contestant.kind, options)),
        Framework::Epoll => epoll::serve().map_err(|error| error.to_string()),
    }
}

/// Makes a runtime with one thread.
pub(crate) fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())
}

/// Makes a listener on a free port, and prints the port.
async fn listen(options: Options) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    if options.tuned {
        sse_core::tune_listener(&listener);
    }
    tell_port(listener.local_addr()?.port());
    Ok(listener)
}

fn tell_port(port: u16) {
    answer(&port.to_string());
}

/// Writes one line for the process that started this one.
fn answer(line: &str) {
    println!("{line}");
    // An error means that the other process is gone.
    let _ = io::stdout().flush();
}

/// Reads commands in a separate thread.
fn commands() -> mpsc::UnboundedReceiver<Command> {
    let (sender, commands) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            match line.parse() {
                Ok(command) => drop(sender.send(command)),
                Err(error) => eprintln!("{error}"),
            }
        }
        process::exit(0);
    });
    commands
}
