//! Runs the servers, loads them, and writes the report: see the README of this crate.
//!
//! ```text
//! bench report [--short] [--only WORKLOAD] [--clients NUMBER] [--out DIRECTORY]
//! bench serve axum|actix|warp|rocket ours|own|raw
//! bench serve epoll raw
//! bench hub
//! bench costs [--short]
//! bench deliver [--metrics]
//! bench operate [BENCH_WITHOUT_THE_FEATURE]
//! bench runs
//! ```

// The hub's figures are an example in its crate; the report includes them.
#[path = "../../sse-hub/examples/figures.rs"]
mod figures;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use bench::{
    costs, deliver, operate,
    report::Report,
    runs,
    servers::{Options, Watched, serve},
    system,
};

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let result = match args.next().as_deref() {
        Some("report") => report(args),
        Some("serve") => {
            let [framework, kind] = [args.next(), args.next()].map(Option::unwrap_or_default);
            let contestant = format!("{framework} {kind}").parse();
            contestant.and_then(|contestant| serve(contestant, Options::from_args(args)))
        }
        Some("hub") => {
            system::unpin();
            figures::main();
            Ok(())
        }
        Some("deliver") => {
            system::pin(system::SERVER);
            let metrics = args.next().as_deref() == Some("--metrics");
            let watched = if metrics { Watched::Metrics } else { Watched::Not };
            watched.begin().and_then(|()| deliver::print())
        }
        Some("operate") => {
            let plain = args.next().map(PathBuf::from);
            let exe = env::current_exe().map_err(|error| error.to_string());
            exe.and_then(|exe| {
                operate::print(&exe, plain.as_deref(), 120).map_err(|error| error.to_string())
            })
        }
        Some("runs") => runs::print().map_err(|error| error.to_string()),
        Some("costs") => {
            system::unpin();
            costs::print(args.next().as_deref() == Some("--short"));
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(mut args: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut short, mut only, mut clients, mut out) = (false, None, None, None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--short" => short = true,
            "--only" => only = Some(args.next().ok_or(USAGE)?),
            "--clients" => {
                let number = args.next().and_then(|number| number.parse().ok());
                clients = Some(number.filter(|number| *number > 0).ok_or(USAGE)?);
            }
            "--out" => out = Some(PathBuf::from(args.next().ok_or(USAGE)?)),
            _ => return Err(USAGE.to_owned()),
        }
    }
    // Only whole reports go into the committed directory.
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let part = if short || only.is_some() { "results/part" } else { "results" };
    let out = out.unwrap_or_else(|| bench.join(part));
    Report { short, only, clients, out }.run().map_err(|error| error.to_string())
}

const USAGE: &str =
    "usage: bench report [--short] [--only WORKLOAD] [--clients NUMBER] [--out DIRECTORY]
       bench serve axum|actix|warp|rocket ours|own|raw
       bench serve epoll raw
       bench costs [--short]
       bench deliver [--metrics]
       bench operate [BENCH_WITHOUT_THE_FEATURE]
       bench runs";
