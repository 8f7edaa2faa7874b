//! The example `gateway` on each framework, read by the clients of OpenAI, Anthropic, LiteLLM and Vercel.
//!
//! The program `gateway` runs it. The cases are in `conformance/clients/gateway.py` and `gateway.mjs`.

use std::{io, process::Stdio};

use rustix::process::Signal;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{
    clients::{Installed, Runner},
    faults::process::{Process, free_address},
};

/// Lets all clients read the gateway on a framework; returns a line for each case, which begins with `ok` if it has
/// passed.
///
/// # Errors
/// If a process cannot be started.
pub async fn check(framework: &str, installed: &Installed) -> io::Result<Vec<String>> {
    let files = tempfile::tempdir()?;
    let own = std::env::current_exe()?;
    let demo = own.with_file_name("demo");
    if !demo.exists() {
        return Err(io::Error::other("demo is not built; run `cargo build --bins` first"));
    }
    let address = free_address().await?;
    let arguments = ["--framework", framework, "--port", &address.port().to_string()];
    let log = files.path().join("demo.log");
    let mut server = Process::start(demo, arguments, address, &log).await?;
    let root = format!("http://{address}/gateway");
    let mut lines = Vec::new();
    for (runner, script) in [(Runner::Python, "gateway.py"), (Runner::Node, "gateway.mjs")] {
        let command = || Command::from(installed.script(runner, script));
        let mut all = command();
        lines.extend(run(all.args([&root, "all"]), &server).await?);
        // The script asks for the end of the server, which lets short answers finish and fails long ones.
        let mut term = command();
        lines.extend(run(term.args([&root, "term"]), &server).await?);
        server.ended().await?;
        server.start_again().await?;
    }
    Ok(lines)
}

/// Runs a script; returns the lines of its cases. When it says that it is streaming, the server has to stop.
async fn run(script: &mut Command, server: &Process) -> io::Result<Vec<String>> {
    let mut child =
        script.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let (mut output, mut lines) = (BufReader::new(output).lines(), Vec::new());
    while let Some(line) = output.next_line().await? {
        if line == "streaming" {
            server.signal(Signal::TERM)?;
        } else if line.starts_with("ok ") || line.starts_with("failed ") {
            lines.push(line);
        }
    }
    child.wait().await?;
    Ok(lines)
}

/// The number of cases on each framework.
pub const CASES: usize = 33;
