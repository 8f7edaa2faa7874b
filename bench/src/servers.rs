//! The servers under load, equal in what they do, each in its framework's own idiom.
//!
//! | route | what |
//! |---|---|
//! | `GET /events` | what is published |
//! | `GET /flood/{size}` | the same event for ever, as fast as it is read |
//! | `GET /resume/{first}/{count}` | all events of some topics, and what is published to them |
//!
//! Standard input takes [`Command`]s, one a line; its end ends the process. The first line of
//! standard output is the port; then come the answers to commands that have one.

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

/// What can be set for a server.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether its listener is tuned as our docs show, `TCP_NODELAY` among the options; else as the
    /// framework has it.
    pub tuned: bool,
    /// After how much silence a keep-alive goes out (raw byte streams have none).
    pub keep_alive: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { tuned: true, keep_alive: Duration::from_secs(15) }
    }
}

impl Options {
    /// As arguments on the command line.
    pub fn to_args(self) -> [String; 2] {
        [self.tuned.to_string(), self.keep_alive.as_millis().to_string()]
    }

    /// From arguments on the command line; the default for those that are missing.
    pub fn from_args(mut args: impl Iterator<Item = String>) -> Self {
        let default = Self::default();
        let tuned = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(default.tuned);
        let keep_alive = args.next().and_then(|arg| arg.parse().ok());
        let keep_alive = keep_alive.map_or(default.keep_alive, Duration::from_millis);
        Self { tuned, keep_alive }
    }
}

/// Runs a server on the core of the servers until standard input ends.
///
/// # Errors
/// The server's, as text.
pub fn serve(contestant: Contestant, options: Options) -> Result<(), String> {
    system::pin(system::SERVER);
    // As many as are allowed do for small loads; the report sees that they do for its own.
    let _ = system::need_files(system::FILES);
    match contestant.framework {
        Framework::Axum => axum::serve(Bus::new(contestant.kind, options)),
        Framework::Actix => actix::serve(Bus::new(contestant.kind, options)),
        Framework::Warp => warp::serve(Bus::new(contestant.kind, options)),
        Framework::Rocket => rocket::serve(Bus::new(contestant.kind, options)),
        Framework::Epoll => epoll::serve().map_err(|error| error.to_string()),
    }
}

/// One thread for everything.
fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())
}

/// A listener on a port of the system's choice, which it tells.
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
    // That process reads it, or is gone.
    let _ = io::stdout().flush();
}

/// Reads commands in a thread of its own.
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
