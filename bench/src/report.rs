//! Runs all workloads in turns, and writes the report.

mod chart;
mod machine;
mod micro;
mod table;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use self::table::Outcome;
use crate::{
    Contestant, system,
    workloads::{ALL, Scale, Workload},
};

/// The workloads to run, and the directory for the report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether the report has to be done within minutes: with smaller loads, one turn each, and the last
    /// results of the micro benchmarks.
    pub short: bool,
    /// The name of the only workload to run.
    pub only: Option<String>,
    /// The number of clients in the reconnect wave, if it is not the default.
    pub clients: Option<u64>,
    /// The directory for the tables and charts.
    pub out: PathBuf,
}

impl Report {
    /// Runs the workloads and writes the report. The servers run the program of this process.
    ///
    /// # Errors
    /// An I/O error, also if no workload has the given name. The report lists workloads that fail.
    pub fn run(&self) -> io::Result<()> {
        let start = Instant::now();
        let scale =
            Scale { exe: std::env::current_exe()?, short: self.short, clients: self.clients };
        let chosen: Vec<_> = ALL
            .iter()
            .filter(|workload| self.only.as_ref().is_none_or(|only| only == workload.name))
            .collect();
        if chosen.is_empty() {
            let names: Vec<_> = ALL.iter().map(|workload| workload.name).collect();
            return Err(io::Error::other(format!(
                "there is no such workload; choose one of {names:?}"
            )));
        }
        system::need_files(system::FILES)?;
        fs::create_dir_all(&self.out)?;
        let mut text = machine::describe(self);

        // These come before the client is pinned, because they use all cores.
        let (within, micro) = match self.only {
            Some(_) => Default::default(),
            None => (within(&scale.exe, self.short)?, micro::tables(self.short)?),
        };
        if !system::pin(system::CLIENT) {
            eprintln!("there is no second core: the client takes CPU time from the servers");
        }
        for workload in chosen {
            let outcomes = take_turns(workload, &scale);
            text += &format!("\n## {}\n\n{}\n\n", workload.title, workload.about);
            text += &table::write(workload, &outcomes);
            text += "\nThe first of these figures as a multiple, turn by turn, with the middle half of the turns:\n\n";
            text += &table::ratios(&outcomes);
            let file = format!("{}.svg", workload.name);
            text += &format!("\n![{}]({file})\n", workload.title);
            fs::write(self.out.join(file), chart::draw(workload, &outcomes))?;
            // Written after each workload, so that a later failure does not lose the earlier ones.
            fs::write(self.out.join("README.md"), &text)?;
        }
        text += &within;
        text += &micro;
        text += &format!(
            "\n{} minutes; load at the end {}.\n",
            start.elapsed().as_secs().div_ceil(60),
            system::load()
        );
        fs::write(self.out.join("README.md"), text)?;
        println!("{}", self.out.join("README.md").display());
        Ok(())
    }
}

/// Runs a workload on the servers of each framework in turn: ours, own, raw, ours, own, raw ...
fn take_turns(workload: &Workload, scale: &Scale) -> Vec<(Contestant, Outcome)> {
    let mut outcomes: Vec<_> = Contestant::all()
        .into_iter()
        .filter(|contestant| (workload.takes_part)(*contestant))
        .map(|contestant| (contestant, Outcome::default()))
        .collect();
    for group in outcomes.chunk_by_mut(|a, b| a.0.framework == b.0.framework) {
        for round in 1..=if scale.short { 1 } else { workload.rounds } {
            for (contestant, outcome) in group.iter_mut() {
                let result = (workload.run)(scale, *contestant);
                match result {
                    Ok(figures) => {
                        eprintln!("{} {contestant} {round}: {figures:.2?}", workload.name);
                        outcome.rounds.push(figures);
                    }
                    Err(error) => {
                        eprintln!("{} {contestant} {round}: {error}", workload.name);
                        outcome.failures.push(error.to_string());
                    }
                }
            }
        }
    }
    outcomes
}

/// Runs the measurements without a socket, by this program in separate processes.
fn within(exe: &Path, short: bool) -> io::Result<String> {
    eprintln!("hub, costs");
    let tables = printed(Command::new(exe).arg("hub"))?;
    let costs = printed(Command::new(exe).arg("costs").args(short.then_some("--short")))?;
    Ok(format!(
        "\n## Publish, within a process\n\nThe hub and `tokio::sync::broadcast`, with events of 100 B, \
         all subscribers waiting, on all cores (`cargo run --release -p sse-hub --example figures`).\n\n\
         {tables}\n{costs}"
    ))
}

/// Returns the output of a program, or an error if it fails.
fn printed(command: &mut Command) -> io::Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{command:?} failed: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
