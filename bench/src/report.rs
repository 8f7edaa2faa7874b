//! Runs everything in turns and writes it down.

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

/// What to run, and where to write it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether minutes have to do: smaller loads, one turn each, the micro benchmarks only as they
    /// were last run.
    pub short: bool,
    /// The name of the only workload to run.
    pub only: Option<String>,
    /// How many clients the reconnect wave has, unless it is the default.
    pub clients: Option<u64>,
    /// The directory for the tables and charts.
    pub out: PathBuf,
}

impl Report {
    /// Runs it all; the program of this process is also the servers'.
    ///
    /// # Errors
    /// The system's, or that no workload has the name. A workload that fails is reported as such.
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
            return Err(io::Error::other(format!("no such workload; there are {names:?}")));
        }
        system::need_files(system::FILES)?;
        fs::create_dir_all(&self.out)?;
        let mut text = machine::describe(self);

        // These use all cores.
        let (within, micro) = match self.only {
            Some(_) => Default::default(),
            None => (within(&scale.exe, self.short)?, micro::tables(self.short)?),
        };
        if !system::pin(system::CLIENT) {
            eprintln!("there is no second core: the client takes the servers' time");
        }
        for workload in chosen {
            let outcomes = take_turns(workload, &scale);
            text += &format!("\n## {}\n\n{}\n\n", workload.title, workload.about);
            text += &table::write(workload, &outcomes);
            text += "\nThe first of these figures, turn by turn, with the middle half of the turns:\n\n";
            text += &table::ratios(&outcomes);
            let file = format!("{}.svg", workload.name);
            text += &format!("\n![{}]({file})\n", workload.title);
            fs::write(self.out.join(file), chart::draw(workload, &outcomes))?;
            // What there is by now, lest a failure later takes it along.
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

/// Framework by framework: ours, own, raw, ours, own, raw ...
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

/// What has no socket in it, by this program in processes of its own.
fn within(exe: &Path, short: bool) -> io::Result<String> {
    eprintln!("hub, costs");
    let tables = printed(Command::new(exe).arg("hub"))?;
    let costs = printed(Command::new(exe).arg("costs").args(short.then_some("--short")))?;
    Ok(format!(
        "\n## Publish, within a process\n\nThe hub beside `tokio::sync::broadcast`, 100 B, all \
         subscribers waiting, on all cores (`cargo run --release -p sse-hub --example figures`).\n\n\
         {tables}\n{costs}"
    ))
}

/// What a program prints; an error if it fails.
fn printed(command: &mut Command) -> io::Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{command:?} failed: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
