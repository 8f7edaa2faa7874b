//! A server that another package implements.

use std::{
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::{
    check::{Finding, Options, Trigger, check},
    packages,
};

/// A server that another package implements.
#[derive(Debug)]
pub struct Server {
    /// The name of the package.
    pub name: &'static str,
    /// The version, and the package that serves it.
    pub version: &'static str,
    /// What runs it.
    pub runner: Runner,
    /// The rules that its stream of numbers breaks, in the order of the checks.
    pub numbers: &'static [&'static str],
    /// The other rules that its quiet stream breaks.
    pub quiet: &'static [&'static str],
    /// Whether the short form checks it.
    pub short: bool,
}

/// What runs a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// Node.js, with packages of npm.
    Node,
    /// Python, with packages of PyPI.
    Python,
    /// A program of its own, with packages of crates.io.
    Rust,
}

/// The place where the packages of the servers are installed.
#[derive(Debug)]
pub struct Installed {
    node: PathBuf,
    base: PathBuf,
}

impl Installed {
    /// Installs what the given servers still need, below the build's target directory.
    ///
    /// # Errors
    /// If a program is missing or fails.
    pub fn new(target: &Path, servers: &[&Server]) -> io::Result<Self> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("third-party");
        let base = target.join("third-party");
        let mut this = Self { node: "node".into(), base };
        let needs = |runner| servers.iter().any(|server| server.runner == runner);
        if needs(Runner::Node) {
            this.node = packages::node(&target.join("clients/node"))?;
            packages::npm(&sources, &this.base.join("npm"), &["serve.mjs"])?;
        }
        if needs(Runner::Python) {
            packages::python(&sources, &this.base.join("venv"), &["serve.py"])?;
        }
        if needs(Runner::Rust) {
            packages::rust(&sources.join("rust"), &this.base.join("rust"))?;
        }
        Ok(this)
    }

    fn command(&self, runner: Runner) -> Command {
        let (program, script) = match runner {
            Runner::Node => (self.node.clone(), Some(self.base.join("npm/serve.mjs"))),
            Runner::Python => {
                (self.base.join("venv/bin/python"), Some(self.base.join("venv/serve.py")))
            }
            Runner::Rust => (self.base.join("rust/target/debug/third-party"), None),
        };
        let mut command = Command::new(program);
        command.args(script);
        command
    }
}

impl Server {
    /// Checks the stream of numbers and, if a longest silence is given, the quiet one.
    ///
    /// # Errors
    /// If the server does not start, or the checks cannot run.
    pub async fn check(
        &self,
        installed: &Installed,
        silence: Option<Duration>,
    ) -> io::Result<Vec<Finding>> {
        let quiet = async {
            let Some(silence) = silence else { return Ok(Vec::new()) };
            let (_process, address) = self.start(installed).await?;
            findings(Options {
                keep_alive: Some(silence),
                ..Options::new(format!("http://{address}/quiet"))
            })
            .await
        };
        let numbers = async {
            let (process, address) = self.start(installed).await?;
            let id = process.id().and_then(|id| id.try_into().ok());
            findings(Options {
                drain: id.map(Trigger::Terminate),
                ..Options::new(format!("http://{address}/events"))
            })
            .await
        };
        let (mut findings, quiet) = tokio::try_join!(numbers, quiet)?;
        for finding in quiet {
            if !findings.iter().any(|known| known.rule.id == finding.rule.id) {
                findings.push(finding);
            }
        }
        Ok(findings)
    }

    /// The rules that it is known to break.
    pub fn expected(&self, with_quiet: bool) -> Vec<&'static str> {
        let quiet = if with_quiet { self.quiet } else { &[] };
        [self.numbers, quiet].concat()
    }

    async fn start(&self, installed: &Installed) -> io::Result<(Child, String)> {
        // The servers do not say which port the system gave them.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut command = installed.command(self.runner);
        command.arg(self.name).arg(address.port().to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let until = Instant::now() + START;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("{} ended: {status}", self.name)));
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!("{} did not start in time", self.name)));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok((child, address.to_string()))
    }
}

async fn findings(options: Options) -> io::Result<Vec<Finding>> {
    let report = check(options).await.map_err(io::Error::other)?;
    Ok(report.findings().cloned().collect())
}

/// The time in which a server has to accept a connection.
const START: Duration = Duration::from_secs(30);
