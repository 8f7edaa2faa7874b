//! The machine and the versions that were measured.

use std::{fs, path::Path, process::Command};

use super::Report;
use crate::system;

/// Returns the beginning of the report: machine, versions, commands, date.
pub(super) fn describe(report: &Report) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let short = if report.short { " --short" } else { "" };
    let only = report.only.as_ref().map(|name| format!(" --only {name}")).unwrap_or_default();
    let cores_warning = match system::enough_cores() {
        true => "",
        false => {
            " There is only one core: the client takes CPU time from the servers, so do not compare the figures."
        }
    };
    format!(
        "# Figures\n\n\
         Written by `cargo run --release -p bench -- report{short}{only}`; do not edit. \
         [The README](../README.md) says how the figures are measured, and how to read them.\n\n\
         - {date}, commit {commit}\n\
         - {model}, {cores} cores, Linux {kernel}; servers on core {server}, client on core {client}; \
         load at the start {load}.{cores_warning}\n\
         - {rustc}\n\
         - {versions}\n\
         - {rounds}\n",
        date = output("date", &["-u", "+%F %R UTC"]),
        commit = output("git", &["describe", "--always", "--dirty"]),
        kernel = output("uname", &["-r"]),
        server = system::SERVER,
        client = system::CLIENT,
        load = system::load(),
        rustc = output("rustc", &["--version"]),
        versions = versions(),
        rounds = match report.short {
            true => "short form: small loads with one turn each, so expect noise",
            false => "medians over the turns: ours, own, raw, ours, own, raw ...",
        },
    )
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Returns the versions that were built, from the lock file.
fn versions() -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let version = |package: &&str| {
        let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
        Some(format!("{package} {}", rest.split('"').next()?))
    };
    let found: Vec<_> = PACKAGES.iter().filter_map(version).collect();
    found.join(", ")
}

const PACKAGES: [&str; 8] =
    ["axum", "actix-web", "actix-web-lab", "warp", "rocket", "hyper", "tokio", "bytes"];
