//! A child process that a fault befalls.

use std::{
    fs::{File, OpenOptions},
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::inherit::inheriting;

/// A child process that is started again on the same address; killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    address: SocketAddr,
    /// What each process inherits; clients that connect while none runs wait.
    socket: Option<TcpListener>,
    log: PathBuf,
    child: Option<Child>,
    /// When it began to listen.
    since: std::time::Instant,
}

impl Process {
    /// Starts the program and waits until it listens.
    pub(crate) async fn start(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        address: SocketAddr,
        log: &Path,
    ) -> io::Result<Self> {
        Self::start_with(program.into(), arguments, address, None, log).await
    }

    /// Starts a program that inherits its listening socket, which stays open until this is dropped.
    pub(crate) async fn start_inheriting(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        socket: TcpListener,
        log: &Path,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        Self::start_with(program.into(), arguments, address, Some(socket), log).await
    }

    async fn start_with(
        program: PathBuf,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        address: SocketAddr,
        socket: Option<TcpListener>,
        log: &Path,
    ) -> io::Result<Self> {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let log = log.to_owned();
        let since = std::time::Instant::now();
        let mut process = Self { program, arguments, address, socket, log, child: None, since };
        process.start_again().await?;
        Ok(process)
    }

    /// Starts the program that has ended, and waits until it listens.
    pub(crate) async fn start_again(&mut self) -> io::Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let errors: File = log.try_clone()?;
        let mut command = match &self.socket {
            Some(socket) => Command::from(inheriting(&self.program, socket)?),
            None => {
                let mut command = Command::new(&self.program);
                command.stdin(Stdio::null());
                command
            }
        };
        let child = command
            .args(&self.arguments)
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.error(&format!("does not start: {error}")))?;
        self.child = Some(child);
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                return Err(self.error(&format!("has ended: {status}")));
            }
            if Instant::now() > until {
                return Err(self.error("does not listen"));
            }
            sleep(Duration::from_millis(20)).await;
        }
        self.since = std::time::Instant::now();
        Ok(())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the ID of the process that runs, and the time since which it listens.
    pub(crate) fn run(&self) -> Option<(u32, std::time::Instant)> {
        Some((self.child.as_ref()?.id()?, self.since))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let id = self.child.as_ref().and_then(Child::id).and_then(|id| id.try_into().ok());
        let id = id.and_then(Pid::from_raw).ok_or_else(|| self.error("has ended before"))?;
        Ok(kill_process(id, signal)?)
    }

    /// Ends the program and waits for its end.
    pub(crate) async fn end(&mut self, signal: Signal) -> io::Result<()> {
        self.signal(signal)?;
        self.ended().await
    }

    /// Waits for the end of the program.
    pub(crate) async fn ended(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            match tokio::time::timeout(PATIENCE, child.wait()).await {
                Ok(status) => drop(status?),
                Err(_) => return Err(self.error("does not end")),
            }
        }
        Ok(())
    }

    /// The CPU time that it has used, of all its threads.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let id = self.child.as_ref()?.id()?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // After the name, which may hold anything: the fields from the third on (proc(5)).
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let ticks: u64 = fields.next()?.parse().ok()?;
        let in_kernel: u64 = fields.next()?.parse().ok()?;
        Some(Duration::from_millis((ticks + in_kernel) * 10))
    }

    fn error(&self, what: &str) -> io::Error {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let tail: Vec<_> = log.lines().rev().take(10).collect();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
        io::Error::other(format!("{} {what}; the end of its log: {tail}", self.program.display()))
    }
}

/// A port that is free now. Nobody else takes it before its program does: the system gives other ports
/// first.
pub(crate) async fn free_address() -> io::Result<SocketAddr> {
    tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()
}

const PATIENCE: Duration = Duration::from_secs(20);
