//! Installs the packages of the clients.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Client, Runner};
use crate::packages;

/// The place where the clients are installed, below the build's target directory.
#[derive(Debug)]
pub struct Installed {
    node: PathBuf,
    npm: PathBuf,
    venv: PathBuf,
    rust: PathBuf,
}

impl Installed {
    /// Installs what the given clients still need: packages of npm and PyPI at their pinned versions, and the program
    /// of the package `rust-clients`. Nothing is installed for the user or the system.
    ///
    /// # Errors
    /// If a program is missing or fails.
    pub fn new(target: &Path, clients: &[&Client]) -> io::Result<Self> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        let base = target.join("clients");
        let mut this = Self {
            node: "node".into(),
            npm: base.join("npm"),
            venv: base.join("venv"),
            rust: base.join("rust"),
        };
        let needs = |runners: &[Runner]| clients.iter().any(|it| runners.contains(&it.runner));
        if needs(&[Runner::Node, Runner::Chromium]) {
            this.node = packages::node(&base.join("node"))?;
            packages::npm(&sources, &this.npm, &SCRIPTS_OF_NODE)?;
        }
        if needs(&[Runner::Python]) {
            packages::python(&sources, &this.venv, &["run.py", "gateway.py"])?;
        }
        if needs(&[Runner::Rust]) {
            packages::rust(&sources.join("rust"), &this.rust)?;
        }
        Ok(this)
    }

    /// The command that runs another script of `conformance/clients`, without its arguments.
    pub fn script(&self, runner: Runner, name: &str) -> Command {
        let (program, folder) = match runner {
            Runner::Python => (self.venv.join("bin/python"), &self.venv),
            Runner::Node | Runner::Chromium | Runner::Rust => (self.node.clone(), &self.npm),
        };
        let mut command = Command::new(program);
        command.arg(folder.join(name));
        command
    }

    /// The command that runs a client, without its arguments.
    pub fn command(&self, client: &Client) -> Command {
        let (program, script) = match client.runner {
            Runner::Node | Runner::Chromium => (self.node.clone(), Some(self.npm.join("run.mjs"))),
            Runner::Python => (self.venv.join("bin/python"), Some(self.venv.join("run.py"))),
            Runner::Rust => (self.rust.join("target/debug/rust-clients"), None),
        };
        let mut command = Command::new(program);
        command.args(script);
        command
    }
}

const SCRIPTS_OF_NODE: [&str; 4] = ["run.mjs", "seen.mjs", "browser.mjs", "gateway.mjs"];
