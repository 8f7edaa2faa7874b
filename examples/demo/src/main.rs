//! All example programs in one server, on the framework of your choice.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, ValueEnum};
use guides::{gateway::Gateway, generation::Answers, relay::Upstream};
use sse_axum::Shutdown;
use sse_hub::Hub;
use sse_redb::Journal;

// Each framework's module mounts the programs of `examples/<framework>`.
mod actix;
mod axum;
mod rocket;
mod warp;

/// Serves all example programs, and a page that links to them.
#[derive(Parser)]
struct Args {
    /// Which framework serves them.
    #[arg(long, value_enum, default_value_t = Framework::Axum)]
    framework: Framework,
    /// The port on 127.0.0.1; 0 is any free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Stores the cluster program's events in this file, so that they survive a restart.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Framework {
    Axum,
    Actix,
    Warp,
    Rocket,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let journal = args.journal.as_deref();
    match args.framework {
        Framework::Axum => axum::serve(args.port, journal)?,
        Framework::Actix => actix::serve(args.port, journal)?,
        Framework::Warp => warp::serve(args.port, journal)?,
        Framework::Rocket => rocket::serve(args.port, journal)?,
    }
    Ok(())
}

/// The hub of the program `cluster`, with or without a journal.
async fn hub(journal: Option<&Path>) -> Result<Hub, Box<dyn Error>> {
    let Some(file) = journal else { return Ok(Hub::new()) };
    let hub = Hub::builder().open(Journal::open(file).await?).await?;
    tokio::spawn(hub.background());
    Ok(hub)
}

/// Logs the end of each stream.
fn config() -> sse_axum::Config {
    sse_axum::Config::default()
        .on_end(|end| eprintln!("stream ended after {:.1?}: {}", end.age, end.reason))
}

/// The page that links to the programs.
fn index(framework: &str, folder: &str) -> String {
    include_str!("../../pages/index.html")
        .replace("{framework}", framework)
        .replace("{folder}", folder)
}

/// The answers of the program `generation`, retained for a minute, or for a shorter time in a test.
fn answers() -> Answers {
    let seconds = env::var("DEMO_KEEPS_ANSWERS").ok().and_then(|seconds| seconds.parse().ok());
    Answers::new(Duration::from_secs(seconds.unwrap_or(60)))
}

/// The gateway. Its answers fail shortly before the drain's deadline, which is 1.1 s by default.
fn gateway(shutdown: &Shutdown) -> Gateway {
    Gateway::start(shutdown.clone(), Duration::from_millis(500))
}

/// What the program `relay` relays: the server in the variable `UPSTREAM`, or this server's own clock.
fn upstream(port: u16) -> Upstream {
    let clock = format!("http://127.0.0.1:{port}/clock/events");
    Upstream(env::var("UPSTREAM").unwrap_or(clock))
}

/// Prints where the server listens, for you and for the tests, which let the system pick the port.
fn print_url(framework: &str, port: u16) {
    println!("{framework} serves http://127.0.0.1:{port}/");
}

/// The origin whose pages may read the stream of `cors`. (Rocket's program asks Rocket for the port.)
fn page_origin(port: u16) -> String {
    format!("http://app.example.localhost:{port}")
}
