//! One client in one scenario.

use std::{io, net::SocketAddr, path::Path, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sse_test::{Fault, FaultProxy};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

use super::{
    Client, Installed, Outcome, Scenario, Verdict,
    answer::REQUEST,
    judge::{Delivered, judge},
};
use crate::faults::process::{Process, free_address};

/// One client in one scenario, against its own server process.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The client.
    pub client: &'static Client,
    /// What happens to it.
    pub scenario: Scenario,
    /// The framework of the server, as `clients --serve` takes it.
    pub framework: &'static str,
}

impl Cell {
    /// Runs it.
    ///
    /// # Errors
    /// If the server does not start or end.
    pub async fn run(self, installed: &Installed) -> io::Result<Outcome> {
        let directory = tempfile::tempdir()?;
        let log = directory.path().join("server");
        let address = free_address().await?;
        let server = self.server(address, &log).await?;
        let pieces = match self.scenario {
            Scenario::Hostile => Some(FaultProxy::before(address).await?),
            _ => None,
        };
        if let Some(pieces) = &pieces {
            pieces.inject(IN_PIECES);
        }
        let asked = pieces.as_ref().map_or(address, FaultProxy::address);
        let root = format!("http://{asked}/client/{}", self.scenario.name());
        let errors = directory.path().join("client");
        let mut script = Script::start(self, installed, &root, &errors)?;

        let report = timeout(PATIENCE, self.follow(&mut script, server)).await;
        let reported = match report {
            Ok(reported) => reported?,
            Err(_) => Err("nothing within the time that it has".to_owned()),
        };
        script.end().await;
        let requests = std::fs::read_to_string(&log)?;
        let requests = requests.lines().filter(|line| line.starts_with(REQUEST)).count();
        let (verdict, detail) = match reported {
            Ok(delivered) => judge(self.client, self.scenario, &delivered, requests),
            Err(why) => {
                let errors = std::fs::read_to_string(&errors).unwrap_or_default();
                let errors: Vec<_> = errors.lines().take(5).collect();
                (Verdict::NoReport, format!("{why}: {}", errors.join(" / ")))
            }
        };
        Ok(Outcome { cell: self, verdict, detail })
    }

    async fn server(&self, address: SocketAddr, log: &Path) -> io::Result<Process> {
        let deadline = if self.scenario == Scenario::Cut { "600" } else { "5000" };
        let port = address.port().to_string();
        let arguments = ["--serve", self.framework, "--port", &port, "--deadline", deadline];
        Process::start(std::env::current_exe()?, arguments, address, log).await
    }

    /// Lets the scenario happen once the client has its first events; returns the client's report, or that it gave
    /// none.
    async fn follow(
        self,
        script: &mut Script,
        mut server: Process,
    ) -> io::Result<Result<Delivered, String>> {
        while let Some(line) = script.lines.next_line().await? {
            let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
            if value.get("events").is_some() {
                return Ok(serde_json::from_value(value).map_err(|error| error.to_string()));
            }
            if value.get("progress").is_none() {
                continue;
            }
            match self.scenario {
                Scenario::Restart => {
                    server.end(Signal::KILL).await?;
                    sleep(AWAY).await;
                    server.start_again().await?;
                }
                Scenario::Drain | Scenario::Cut => {
                    server.end(Signal::TERM).await?;
                    server.start_again().await?;
                }
                Scenario::Hostile | Scenario::Stop | Scenario::Empty => {}
            }
        }
        Ok(Err("it ended without a report".to_owned()))
    }
}

/// A running client.
#[derive(Debug)]
struct Script {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    fn start(cell: Cell, installed: &Installed, root: &str, errors: &Path) -> io::Result<Self> {
        let mut child = Command::from(installed.command(cell.client))
            .args([cell.client.script_name, cell.scenario.name(), root])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(errors)?)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no output to read"))?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    /// Ends the client if it has not ended, first by a signal, so that it can end its browser.
    async fn end(mut self) {
        if timeout(ENDING, self.child.wait()).await.is_ok() {
            return;
        }
        let id = self.child.id().and_then(|id| id.try_into().ok()).and_then(Pid::from_raw);
        // It may end at this moment.
        let _ = id.map(|id| kill_process(id, Signal::TERM));
        if timeout(ENDING, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// The short texts are cut at almost any byte: in the middle of a character, of a line and of a line break.
const IN_PIECES: Fault = Fault::Pieces { size: 7, up_to: 3_000 };

/// How long the server is away after it was killed.
const AWAY: Duration = Duration::from_secs(1);

/// Longer than the limit of the scripts.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a client may take to end after its report.
const ENDING: Duration = Duration::from_secs(5);
