//! Writes and reads many runs on three nodes that share one Redis, while processes are killed and stopped.
//!
//! ```text
//! cargo run -p conformance --bin runs              # 1,000 runs
//! cargo run -p conformance --bin runs -- --short
//! ```
//! Needs redis-server (a Debian package). Fails if a reader misses an event or gets one twice, if a run has two writers,
//! if it does not end within two leases of its node's death, or if an event is read that its writer does not know to be
//! before the end.

use std::{error::Error, net::SocketAddr, process::ExitCode, time::Duration};

use clap::Parser;
use conformance::{
    load::{need_files, random},
    runs::{Plan, Report, serve, trial},
};

/// Writes and reads many runs, while processes are killed and stopped.
#[derive(Parser)]
struct Args {
    /// 240 runs instead of 1,000.
    #[arg(long)]
    short: bool,
    /// Serves as a node at this address, for the program itself.
    #[arg(long, hide = true)]
    node: Option<SocketAddr>,
    #[arg(long, hide = true, default_value = "")]
    redis: String,
    /// The lease of a node, in ms.
    #[arg(long, default_value = "3000")]
    lease: u64,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    let lease = Duration::from_millis(args.lease);
    if let Some(node) = args.node {
        serve(node, &args.redis, lease).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = Plan { runs: 1_000, at_once: 60, tokens: 50, pause: 120, kills: 9, lease };
    let plan = if args.short { Plan { runs: 240, kills: 3, ..plan } } else { plan };
    need_files(10 * plan.at_once as u64 + 1_000);
    let (mut random, seed) = random();
    let Plan { runs, kills, .. } = plan;
    println!(
        "{runs} runs on three nodes, {kills} nodes killed, one stopped for three leases, Redis restarted; a lease of \
         {lease:?}, seed {seed}\n"
    );
    let report = trial(plan, &mut random).await?;
    Ok(if print(&report) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the report; returns whether all is well.
fn print(report: &Report) -> bool {
    println!("| outcome | runs |\n|---|---:|");
    report.outcomes.iter().for_each(|(outcome, runs)| println!("| {outcome} | {runs} |"));
    let Report { events, connects, published, refused, took, .. } = report;
    println!(
        "\n{took:.0?}; {published} events published, {events} received by cut readers over {connects} connections; \
         {refused} requests refused because the key was claimed"
    );
    let mut after = report.abandoned_after.clone();
    after.sort_unstable();
    if let (Some(median), Some(worst)) = (after.get(after.len() / 2), after.last()) {
        println!("abandoned runs had ended after {median:.1?} (median), {worst:.1?} (worst)");
    }
    report.faults.iter().take(20).for_each(|fault| println!("{fault}"));
    println!(
        "{} faults: {}",
        report.faults.len(),
        if report.faults.is_empty() { "passed" } else { "FAILED" }
    );
    report.faults.is_empty()
}
