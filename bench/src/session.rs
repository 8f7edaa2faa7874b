//! A server in a separate process, and a client that loads it.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command as Process, Stdio, id},
    time::{Duration, Instant},
};

use crate::{
    Contestant, Counts,
    client::Client,
    servers::{Command, Options, Shape},
    system,
};

/// A server in a separate process, and a client that loads it.
#[derive(Debug)]
pub struct Session {
    /// The client that loads the server.
    pub client: Client,
    server: Child,
    output: BufReader<ChildStdout>,
}

/// The costs and counts of a measured period.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The length of the period.
    pub wall: Duration,
    /// The CPU time of the server's threads.
    pub server: Duration,
    /// The CPU time of this process's threads.
    pub client: Duration,
    /// What the client received.
    pub counts: Counts,
}

impl Session {
    /// Starts a server from `exe`, the program of this crate.
    ///
    /// # Errors
    /// An I/O error, also if the server did not start.
    pub fn start(exe: &Path, contestant: Contestant, options: Options) -> io::Result<Self> {
        let mut server = Process::new(exe)
            .arg("serve")
            .args([contestant.framework.name(), contestant.kind.name()])
            .args(options.to_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = server.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let mut output = BufReader::new(stdout);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let Ok(port) = line.trim().parse() else {
            return Err(io::Error::other(format!(
                "{contestant} did not print its port, but {line:?}"
            )));
        };
        Ok(Self { client: Client::new(port)?, server, output })
    }

    /// Waits for the answer to a command, and returns the numbers that follow this word.
    ///
    /// # Errors
    /// An error if the server is gone, or its answer is another.
    pub fn answer(&mut self, word: &str) -> io::Result<Vec<u64>> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut parts = line.split_whitespace();
        let expected = parts.next() == Some(word);
        let numbers: Result<Vec<_>, _> = parts.map(str::parse).collect();
        match numbers {
            Ok(numbers) if expected => Ok(numbers),
            _ => Err(io::Error::other(format!("expected the answer {word:?}, got {line:?}"))),
        }
    }

    /// Makes the server create topics that clients can resume, with this many events in total.
    ///
    /// # Errors
    /// The errors of [`answer`](Self::answer).
    pub fn fill(&mut self, topics: u64, count: u64, shape: Shape) -> io::Result<()> {
        self.tell(Command::Fill(topics, count, shape))?;
        self.answer("filled").map(drop)
    }

    /// Starts a server, opens this many connections for events, and checks that each receives one.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start) and [`Client::open`].
    pub fn with_subscribers(
        exe: &Path,
        contestant: Contestant,
        options: Options,
        subscribers: usize,
    ) -> io::Result<Self> {
        let mut session = Self::start(exe, contestant, options)?;
        session.client.open(subscribers, "/events")?;
        session.greet(subscribers)?;
        Ok(session)
    }

    /// Waits until no more bytes arrive, then checks that each connection receives an event.
    ///
    /// # Errors
    /// The errors of [`Client::until`].
    pub fn greet(&mut self, subscribers: usize) -> io::Result<()> {
        self.client.until_quiet(Duration::from_millis(50))?;
        self.client.counts.clear();
        self.publish(1, Shape::line(256))?;
        self.client.until_events(subscribers as u64)
    }

    /// Makes the server publish this many events at once.
    ///
    /// # Errors
    /// An error if the server is gone.
    pub fn publish(&mut self, count: u64, shape: Shape) -> io::Result<()> {
        self.tell(Command::Publish(count, shape))
    }

    /// Sends a command to the server.
    ///
    /// # Errors
    /// An error if the server is gone.
    pub fn tell(&mut self, command: Command) -> io::Result<()> {
        let line = format!("{command}\n");
        match &mut self.server.stdin {
            Some(stdin) => stdin.write_all(line.as_bytes()),
            None => Err(io::Error::other("the server's input is closed")),
        }
    }

    /// Returns the server's resident memory, in bytes.
    ///
    /// # Errors
    /// An error if the server is gone.
    pub fn resident(&self) -> io::Result<u64> {
        system::resident(self.server.id())
    }

    /// Clears the counts, runs `work`, and returns its costs and counts.
    ///
    /// # Errors
    /// The error of `work`, or an error if the server is gone.
    pub fn measure(
        &mut self,
        work: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<Measured> {
        self.client.counts.clear();
        let pid = self.server.id();
        let start = (Instant::now(), system::cpu_of(pid)?, system::cpu_of(id())?);
        work(self)?;
        Ok(Measured {
            wall: start.0.elapsed(),
            server: system::cpu_of(pid)?.saturating_sub(start.1),
            client: system::cpu_of(id())?.saturating_sub(start.2),
            counts: self.client.counts.clone(),
        })
    }
}

impl Measured {
    /// Checks that every event arrived exactly once.
    ///
    /// # Errors
    /// An error with the numbers of lost and duplicate events, if it is not so.
    pub fn expect_all(&self, events: u64) -> io::Result<()> {
        let Counts { events: arrived, lost, duplicates, .. } = self.counts;
        if (arrived, lost, duplicates) == (events, 0, 0) {
            return Ok(());
        }
        let text = format!(
            "{events} events expected: {arrived} arrived, {lost} lost, {duplicates} duplicates"
        );
        Err(io::Error::other(text))
    }

    /// Returns the server's CPU time for each event that arrived, in µs.
    pub fn cpu_per_event(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / self.counts.events as f64
    }

    /// Returns the share of its core that the server used, in percent.
    pub fn server_busy(&self) -> f64 {
        self.server.as_secs_f64() / self.wall.as_secs_f64() * 100.0
    }

    /// Returns the share of its core that the client used, in percent.
    pub fn client_busy(&self) -> f64 {
        self.client.as_secs_f64() / self.wall.as_secs_f64() * 100.0
    }

    /// Returns a percentile of the time from publish to read, in ms: see [`Counts::latency`].
    pub fn latency(&self, share: f64) -> f64 {
        self.counts.latency(share).as_secs_f64() * 1e3
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The server may have exited already; either way, no process is left after this.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
