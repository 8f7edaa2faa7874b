//! Runs third-party clients against our servers, and prints what each delivered.
//!
//! ```text
//! cargo run -p conformance --bin clients                       # all clients on all frameworks
//! cargo run -p conformance --bin clients -- --short            # a few, on axum
//! cargo run -p conformance --bin clients -- --framework rocket litellm htmx
//! ```
//! Needs node 20 or later, npm, python3 with venv, and Chromium, and on the first run access to the package
//! registries. Fails if any result differs from the expected one.

use std::{error::Error, io, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use conformance::{
    ADAPTERS, Framework, Lab, Stop,
    clients::{CLIENTS, Cell, Client, Installed, Outcome, Scenario, print},
};
use sse_core::Drain;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

/// Runs third-party clients against our servers, and prints what each delivered.
#[derive(Parser)]
struct Args {
    /// Run a few clients in a few scenarios on one framework.
    #[arg(long)]
    short: bool,
    /// One framework: axum, actix, warp or rocket.
    #[arg(long)]
    framework: Option<String>,
    /// How many cells run at the same time.
    #[arg(long, default_value_t = 4)]
    jobs: usize,
    /// Print the reason of each result too.
    #[arg(long)]
    verbose: bool,
    /// The clients; all if none is named.
    clients: Vec<String>,

    /// Run the server of one cell, on that framework.
    #[arg(long, hide = true)]
    serve: Option<String>,
    #[arg(long, hide = true, default_value_t = 0)]
    port: u16,
    /// Milliseconds that a drain has.
    #[arg(long, hide = true, default_value_t = 5_000)]
    deadline: u64,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    match &args.serve {
        Some(name) => serve(framework(name)?, &args),
        None => run(&args),
    }
}

/// The server of one cell: its port is given, so that it can be started again.
fn serve(framework: &'static Framework, args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let drain = Drain::default()
        .spread(Duration::from_millis(100))
        .deadline(Duration::from_millis(args.deadline))
        .reconnect(Duration::from_millis(300));
    let lab = Lab::on_port(args.port).with_drain(drain);
    (framework.serve)(lab, Box::new(|_| {}), Stop::Signal)?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let clients = clients(args)?;
    let scenarios: &[_] = if args.short { &Scenario::SHORT } else { &Scenario::ALL };
    let installed = Arc::new(Installed::new(&target()?, &clients)?);
    let frameworks = match (&args.framework, args.short) {
        (Some(name), _) => vec![framework(name)?],
        (None, true) => vec![framework("axum")?],
        (None, false) => ADAPTERS.into_iter().collect(),
    };

    let mut passed = true;
    let began = Instant::now();
    for framework in frameworks {
        let cells = clients.iter().flat_map(|client| {
            let cell = |scenario: &Scenario| Cell {
                client,
                scenario: *scenario,
                framework: framework.name,
            };
            scenarios.iter().map(cell).collect::<Vec<_>>()
        });
        let outcomes = tokio::select! {
            outcomes = run_all(cells, args, &installed) => outcomes?,
            // The processes of the running cells end with them.
            () = sse_core::termination() => return Err("stopped by a signal".into()),
        };
        passed &= print(framework.name, &clients, scenarios, &outcomes);
    }
    println!("\n{:.0?}: {}", began.elapsed(), if passed { "passed" } else { "FAILED" });
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the cells, a few at a time.
async fn run_all(
    cells: impl Iterator<Item = Cell>,
    args: &Args,
    installed: &Arc<Installed>,
) -> io::Result<Vec<Outcome>> {
    let jobs = Arc::new(Semaphore::new(args.jobs.max(1)));
    let mut running = JoinSet::new();
    for cell in cells {
        let (jobs, installed) = (Arc::clone(&jobs), Arc::clone(installed));
        running.spawn(async move {
            let _job = jobs.acquire_owned().await.map_err(io::Error::other)?;
            cell.run(&installed).await
        });
    }
    let mut outcomes = Vec::new();
    while let Some(outcome) = running.join_next().await {
        let outcome = outcome.map_err(io::Error::other)??;
        let Cell { client, scenario, framework } = outcome.cell;
        let detail = match args.verbose || !outcome.is_expected() {
            true => &*outcome.detail,
            false => "",
        };
        let (scenario, verdict) = (scenario.name(), outcome.verdict.name());
        eprintln!("{framework:6} {:22} {scenario:8} {verdict:12} {detail}", client.name);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn framework(name: &str) -> Result<&'static Framework, String> {
    let known = ADAPTERS.into_iter().find(|known| known.name == name);
    known.ok_or_else(|| format!("no framework has the name {name}: axum, actix, warp, rocket"))
}

fn clients(args: &Args) -> Result<Vec<&'static Client>, String> {
    if args.clients.is_empty() {
        return Ok(CLIENTS.iter().filter(|client| client.short || !args.short).collect());
    }
    let find = |name: &String| {
        let names: Vec<_> = CLIENTS.iter().map(|client| client.name).collect();
        let client = CLIENTS.iter().find(|client| client.name == name);
        client.ok_or_else(|| format!("no client has the name {name}: {}", names.join(", ")))
    };
    args.clients.iter().map(find).collect()
}

/// The build's target directory, which this program lies in.
fn target() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target =
        program.ancestors().nth(2).ok_or_else(|| io::Error::other("no target directory"))?;
    Ok(target.to_owned())
}
