//! The attacked server, in its own process.

use std::{
    io,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use super::wire::Wire;

/// The attacked server, in its own process, which is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) address: SocketAddr,
    id: u32,
    child: Child,
    /// Taken from the child, since waiting for the child would close it.
    _input: Option<ChildStdin>,
}

/// The counts that have to return to their earlier values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) subscribers: usize,
    pub(super) streams: usize,
    pub(super) topics: usize,
}

impl Node {
    /// Starts this program again, as a server.
    pub(super) async fn start(framework: &str) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve", framework])
            // The pipe closes however this process ends, and the server then ends too.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let (mut line, mut output) = (String::new(), BufReader::new(output));
        let read = output.read_line(&mut line);
        timeout(PATIENCE, read).await.map_err(|_| late(framework, "does not start"))??;
        let address =
            line.trim().parse().map_err(|_| late(framework, "does not give its address"))?;
        let id = child.id().ok_or_else(|| late(framework, "has ended"))?;
        Ok(Self { address, id, _input: child.stdin.take(), child })
    }

    /// Its resident memory, in bytes.
    pub(super) fn resident(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no resident memory"))
    }

    /// Asks for the counts.
    pub(super) async fn counts(&self) -> io::Result<Counts> {
        let asked = async {
            let mut wire = Wire::open(self.address).await?;
            wire.get("/counts", None).await?;
            wire.answer().await
        };
        let (_, text) = timeout(PATIENCE, asked).await??;
        let numbers: Vec<usize> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
        match numbers[..] {
            [subscribers, streams, topics] => Ok(Counts { subscribers, streams, topics }),
            _ => Err(io::Error::other(format!("expected three counts, seen {text:?}"))),
        }
    }

    /// Stops it by SIGTERM; returns how long that took, `None` if it had to be killed.
    pub(super) async fn stop(mut self) -> io::Result<Option<Duration>> {
        let began = Instant::now();
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        kill_process(id.ok_or_else(|| io::Error::other("no process"))?, Signal::TERM)?;
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status.map(|_| Some(began.elapsed())),
            Err(_) => self.child.kill().await.map(|()| None),
        }
    }
}

fn late(framework: &str, what: &str) -> io::Error {
    io::Error::other(format!("the server on {framework} {what}"))
}

const PATIENCE: Duration = Duration::from_secs(10);
