//! Lets a cluster fail in every way, and prints what its clients received.
//!
//! ```text
//! cargo build --bins && cargo run --bin faults            # more than ten minutes, and 20 kills
//! cargo run --bin faults -- --short
//! ```
//! Needs redis-server and nginx (Debian packages). Fails if an event is doubled, or missing without a
//! gap event, or if a topic ends without each of its clients learning of it.

use std::{error::Error, process::ExitCode, time::Duration};

use clap::Parser;
use conformance::{
    faults::{Comparison, Ends, Fault, Load, Log, Report, run},
    load::{need_files, random},
};
use ledger::Account;

/// Lets a cluster fail in every way, and prints what its clients received.
#[derive(Parser)]
struct Args {
    /// Each fault once, fewer clients, shorter pauses.
    #[arg(long)]
    short: bool,
    /// The number of times that each fault happens.
    #[arg(long)]
    rounds: Option<usize>,
    /// The number of times that a node with a journal is killed.
    #[arg(long)]
    kills: Option<usize>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    let load = match args.short {
        true => Load {
            clients: 200,
            topics: 20,
            rate: 100,
            pause: Duration::from_secs(2),
            settle: Duration::from_secs(4),
        },
        false => Load {
            clients: 1_000,
            topics: 50,
            rate: 200,
            pause: Duration::from_secs(5),
            settle: Duration::from_secs(8),
        },
    };
    let rounds = args.rounds.unwrap_or(if args.short { 1 } else { 5 });
    let kills = args.kills.unwrap_or(if args.short { 4 } else { 20 });
    need_files(3 * load.clients as u64 + 1_000);
    let (mut random, seed) = random();
    let Load { clients, topics, rate, .. } = load;
    println!("{clients} clients of 2 of {topics} topics, {rate} events/s, seed {seed}\n");

    let mut passed = true;
    if rounds > 0 {
        let faults = Fault::CLUSTER.repeat(rounds);
        println!("Three nodes (axum, actix-web, warp) behind nginx on one Redis:\n");
        let cluster = run(Log::Redis, load, &faults, &mut random).await?;
        passed &= print(&cluster);
    }

    for (framework, kills) in journals(kills) {
        println!("One node ({framework}) with a journal, behind nginx:\n");
        let faults = vec![Fault::KillNode; kills];
        let journal = run(Log::Journal(framework), load, &faults, &mut random).await?;
        passed &= print(&journal);
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each framework in turn.
fn journals(kills: usize) -> impl Iterator<Item = (&'static str, usize)> {
    let frameworks = ["axum", "actix", "warp", "rocket"];
    let each = kills.div_ceil(frameworks.len());
    frameworks.into_iter().map(move |framework| (framework, each)).filter(|(_, kills)| *kills > 0)
}

/// Prints the table of the topics that ended; returns whether each client and each node knows of each end.
fn print_ends(report: &Report) -> bool {
    println!(
        "\n| topics that ended during | topics | clients | received the end | missing in silence | 204 from nodes | other answers |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut passed = true;
    for row in &report.rows {
        let Ends { topics, clients, refusals, wrong } = row.ends;
        let Account { ended, unended, .. } = row.account;
        let name = &row.name;
        println!("| {name} | {topics} | {clients} | {ended} | {unended} | {refusals} | {wrong} |");
        passed &= ended == clients && unended == 0 && wrong == 0;
    }
    passed
}

/// Prints the table of the nodes' metrics; returns whether all equal what their clients saw.
fn print_metrics(report: &Report) -> bool {
    println!(
        "\n| metrics after | nodes that equal the ledger | others | missed events that nodes had counted |"
    );
    println!("|---|---:|---:|---:|");
    let rows = report.rows.iter().map(|row| (row.name.as_str(), &row.metrics));
    let (mut passed, mut missed) = (true, 0);
    for (name, metrics) in rows.chain([("the end", &report.at_the_end)]) {
        let Comparison { equal, wrong, .. } = metrics;
        println!("| {name} | {equal} | {} | {} |", wrong.len(), metrics.missed());
        wrong.iter().for_each(|wrong| eprintln!("after {name}: {wrong}"));
        passed &= wrong.is_empty() && *equal > 0;
        missed += metrics.missed();
    }
    // This fault makes a node count missed events.
    let never_reads = Fault::NeverReads.name();
    passed &= missed > 0 || report.rows.iter().all(|row| row.name != never_reads);
    println!(
        "\nStreams opened and closed are exact, but for {} requests that were cut before their first event; publishes, but \
         for {} without an answer. Missed events are those that were evicted while a stream was open.",
        report.unnamed, report.unknown,
    );
    passed
}

/// Prints the tables; returns whether the run has passed.
fn print(report: &Report) -> bool {
    println!(
        "| fault | times | expected | delivered | doubled | missing in silence | reported as missing | gap events | back: median | worst |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut passed = report.closed.is_empty() && report.behind == 0;
    for row in &report.rows {
        let Account { delivered, missing, reported, gaps, .. } = row.account;
        let doubled = row.account.doubled + row.account.repeated;
        let mut recovery = row.recovery.clone();
        recovery.sort_unstable();
        let at = |index: usize| {
            recovery.get(index).map_or("-".to_owned(), |ms| format!("{:.2} s", *ms as f64 / 1e3))
        };
        println!(
            "| {} | {} | {} | {delivered} | {doubled} | {missing} | {reported} | {gaps} | {} | {} |",
            row.name,
            row.times,
            row.account.expected(),
            at(recovery.len() / 2),
            at(recovery.len().saturating_sub(1)),
        );
        passed &= doubled == 0 && missing == 0 && (row.may_lose || gaps == 0);
    }
    passed &= print_ends(report);
    passed &= print_metrics(report);
    let Report {
        took, acknowledged, refused, unknown, connects, closed, behind, redis_cpu, ..
    } = report;
    println!(
        "\n{took:.0?}; {acknowledged} events acknowledged, {refused} refused, {unknown} unknown; \
         {connects} connections; {} responses that would end an EventSource; {behind} clients did \
         not receive the last event",
        closed.len(),
    );
    if let Some(cpu) = redis_cpu {
        let each = cpu.as_secs_f64() * 1e6 / *acknowledged as f64;
        println!("Redis: {each:.0} µs of CPU an event, with three nodes that follow");
    }
    println!("{}\n", if passed { "passed" } else { "FAILED" });
    passed
}
