//! Lets one client do its worst to a server, and prints the effect on the others.
//!
//! ```text
//! cargo run --release -p conformance --bin attack              # 45 minutes
//! cargo run --release -p conformance --bin attack -- --short   # all attacks at once
//! cargo run --release -p conformance --bin attack -- --sockets axum warp
//! ```
//! Fails if another client's 99th percentile more than doubles, or if memory exceeds its limit.

use std::{io, process::ExitCode, time::Duration};

use clap::Parser;
use conformance::{
    ADAPTERS, Framework,
    attack::{Aim, Attack, Limits, Outcome, Trial, memory, mib, serve},
    load::need_files,
};

/// Lets one client do its worst to a server, and prints the effect on the others.
#[derive(Parser)]
struct Args {
    /// All attacks on the hub at once, then all those on sockets, for a few seconds.
    #[arg(long)]
    short: bool,
    /// Only attacks on the hub.
    #[arg(long)]
    hub: bool,
    /// Only attacks on sockets and on HTTP.
    #[arg(long)]
    sockets: bool,
    /// How many seconds all attacks on the hub together take; each alone takes a third.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only attacks with this in their name, such as `resumes`.
    #[arg(long, default_value = "")]
    only: String,
    /// Which frameworks; all by default.
    frameworks: Vec<String>,
    /// Serves on a framework, for the program itself.
    #[arg(long, hide = true)]
    serve: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.serve {
        Some(name) => served(name),
        None => tried(&args),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn served(name: &str) -> io::Result<bool> {
    let framework = ADAPTERS.into_iter().find(|framework| framework.name == name);
    let framework = framework.ok_or_else(|| io::Error::other(format!("no framework {name}")))?;
    serve(framework).map(|()| true).map_err(io::Error::other)
}

fn tried(args: &Args) -> io::Result<bool> {
    need_files(6_000);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(args))
}

async fn run(args: &Args) -> io::Result<bool> {
    let mut broken = Vec::new();
    let asked = |framework: &&Framework| {
        args.frameworks.is_empty() || args.frameworks.iter().any(|name| name == framework.name)
    };
    let frameworks: Vec<_> = ADAPTERS.into_iter().filter(asked).collect();
    if !args.sockets {
        println!("Attacks on the hub, beside the same on routes without it:\n\n{HEAD}");
        for framework in &frameworks {
            on_the_hub(framework, args, &mut broken).await?;
        }
    }
    if !args.hub {
        println!("\nAttacks on sockets and on HTTP, beside the undisturbed server:\n\n{HEAD}");
        for framework in &frameworks {
            on_sockets(framework, args, &mut broken).await?;
        }
    }
    println!();
    for what in &broken {
        println!("{what}");
    }
    println!("{}", if broken.is_empty() { "passed" } else { "FAILED" });
    Ok(broken.is_empty())
}

async fn on_the_hub(
    framework: &'static Framework,
    args: &Args,
    broken: &mut Vec<String>,
) -> io::Result<()> {
    let seconds = args.seconds.unwrap_or(if args.short { 3 } else { 60 });
    let mut attacks = vec![Attack::ON_THE_HUB.to_vec()];
    if !args.short {
        attacks.splice(0..0, Attack::ON_THE_HUB.map(|attack| vec![attack]));
    }
    for attacks in attacks {
        if !name(&attacks).contains(&args.only) {
            continue;
        }
        let seconds = if attacks.len() > 1 { seconds } else { seconds.div_ceil(3) };
        let time = Duration::from_secs(seconds);
        let trial = Trial { framework, attacks, aim: Aim::Hub, time };
        let control = Trial { aim: Aim::Plain, ..trial.clone() };
        row(&trial, &control, None, broken).await?;
    }
    Ok(())
}

async fn on_sockets(
    framework: &'static Framework,
    args: &Args,
    broken: &mut Vec<String>,
) -> io::Result<()> {
    let seconds = args.seconds.unwrap_or(if args.short { 2 } else { 10 });
    let time = Duration::from_secs(seconds);
    let peace = Trial { framework, attacks: Vec::new(), aim: Aim::Plain, time };
    let attacks = match args.short {
        true => vec![Attack::ON_SOCKETS.to_vec()],
        false => Attack::ON_SOCKETS.map(|attack| vec![attack]).to_vec(),
    };
    let without = peace.run().await?;
    for attacks in attacks {
        if !name(&attacks).contains(&args.only) {
            continue;
        }
        let trial = Trial { attacks, aim: Aim::Hub, ..peace.clone() };
        row(&trial, &peace, Some(&without), broken).await?;
    }
    Ok(())
}

/// Tries both and prints a row. A row that is too slow, or whose control is not steady, is tried again: a defect is
/// slow each time, but another program on the machine is not.
async fn row(
    trial: &Trial,
    control: &Trial,
    without: Option<&Outcome>,
    broken: &mut Vec<String>,
) -> io::Result<()> {
    let limits = Limits::default();
    let mut without = match without {
        Some(without) => without.clone(),
        None => control.run().await?,
    };
    let mut with = trial.run().await?;
    for _ in 1..TRIES {
        if limits.is_steady(&without) && limits.slower(&without, &with).is_empty() {
            break;
        }
        (without, with) = (control.run().await?, trial.run().await?);
    }
    let seen = limits.broken(trial, &without, &with);
    print(trial, &limits, &without, &with, &seen);
    let name = format!("{}, {}", trial.framework.name, name(&trial.attacks));
    broken.extend(seen.into_iter().map(|what| format!("{name}: {what}")));
    Ok(())
}

fn name(attacks: &[Attack]) -> String {
    match attacks {
        [one] => one.to_string(),
        _ => "all together".to_owned(),
    }
}

fn print(trial: &Trial, limits: &Limits, without: &Outcome, with: &Outcome, broken: &[String]) {
    let seconds = trial.time.as_secs_f64();
    let took = |time: Option<Duration>| {
        time.map_or("never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
    };
    let (before, felt) = (&without.felt, &with.felt);
    println!(
        "| {} | {} | {:.0} / {:.0} | {} | {} | {:.1} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        trial.framework.name,
        name(&trial.attacks),
        without.requests as f64 / seconds,
        with.requests as f64 / seconds,
        before.delivery,
        felt.delivery,
        limits.ratio(before.delivery, felt.delivery),
        before.ready,
        felt.ready,
        before.publish,
        felt.publish,
        mib(without.growth),
        mib(with.growth),
        mib(memory(trial)),
        with.held,
        took(with.released),
        took(with.stopped),
        if broken.is_empty() { "holds" } else { "**broken**" },
        with.answers.iter().take(6).cloned().collect::<Vec<_>>().join("; "),
    );
}

/// How often a row may be tried.
const TRIES: usize = 3;

const HEAD: &str = "\
| framework | attack | requests/s: control, attack | delivery p50/p99, ms: control | attack | ratio \
| /ready: control | attack | publish: control | attack | memory: control | attack | limit | streams held | released \
| stopped | limits | answers |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|";
