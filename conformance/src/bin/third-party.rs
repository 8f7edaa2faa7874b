//! Checks servers that other packages implement, and prints the table of `docs/sse-check.md`.
//!
//! ```text
//! cargo run -p conformance --bin third-party                 # all, in a few minutes
//! cargo run -p conformance --bin third-party -- --short      # two, only their streams of numbers
//! cargo run -p conformance --bin third-party -- hono warp
//! ```
//! Needs node 20 or later, npm and python3 with venv, and on the first run access to the package registries. Fails if
//! a server breaks other rules than it is known to break.

use std::{io, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use conformance::third_party::{Installed, SERVERS, Server};
use tokio::{sync::Semaphore, task::JoinSet};

/// Checks servers that other packages implement.
#[derive(Parser)]
struct Args {
    /// Check two servers, and only their streams of numbers.
    #[arg(long)]
    short: bool,
    /// The servers; all if none is named.
    servers: Vec<String>,
}

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    let is_chosen = |server: &&Server| match args.servers.is_empty() {
        true => server.short || !args.short,
        false => args.servers.iter().any(|name| name == server.name),
    };
    let servers: Vec<&'static Server> = SERVERS.iter().filter(is_chosen).collect();
    let silence = (!args.short).then_some(SILENCE);
    let installed = Arc::new(Installed::new(&target()?, &servers)?);
    let jobs = Arc::new(Semaphore::new(JOBS));
    let mut running = JoinSet::new();
    for (index, server) in servers.iter().copied().enumerate() {
        let (installed, jobs) = (Arc::clone(&installed), Arc::clone(&jobs));
        running.spawn(async move {
            let _job = jobs.acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((index, server, server.check(&installed, silence).await?))
        });
    }
    let (mut rows, mut passed) = (Vec::new(), true);
    while let Some(done) = running.join_next().await {
        let (index, server, findings) = done.map_err(io::Error::other)??;
        let ids: Vec<_> = findings.iter().map(|finding| finding.rule.id).collect();
        for finding in &findings {
            eprintln!("{} {}: {}", server.name, finding.rule.id, finding.bytes);
        }
        let expected = server.expected(!args.short);
        if ids != expected {
            passed = false;
            eprintln!("NOT AS EXPECTED: {}: {ids:?}, not {expected:?}", server.name);
        }
        rows.push((index, row(server, &ids)));
    }
    rows.sort();
    println!("| server | findings |\n|---|---|");
    for (_, row) in rows {
        println!("{row}");
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(server: &Server, ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
    let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    format!("| {} {} | {ids} |", server.name, server.version)
}

/// The build's target directory, which this program lies in.
fn target() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target =
        program.ancestors().nth(2).ok_or_else(|| io::Error::other("no target directory"))?;
    Ok(target.to_owned())
}

/// The number of servers that are checked at the same time.
const JOBS: usize = 6;

/// The longest silence that is allowed: some of the servers wait for 30 s, and nginx for 60 s.
const SILENCE: Duration = Duration::from_secs(40);
