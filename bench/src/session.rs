//! A server in a process of its own, and a client that loads it.

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

/// A server in a process of its own, and a client that loads it.
#[derive(Debug)]
pub struct Session {
    /// The load.
    pub client: Client,
    server: Child,
    output: BufReader<ChildStdout>,
}

/// What a measured stretch took.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How long it was.
    pub wall: Duration,
    /// How long the server's threads ran.
    pub server: Duration,
    /// How long this process's threads ran.
    pub client: Duration,
    /// What the client got.
    pub counts: Counts,
}

impl Session {
    /// Starts a server from `exe`, the program of this crate.
    ///
    /// # Errors
    /// The system's, or that the server did not start.
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
            return Err(io::Error::other(format!("{contestant} told no port: {line:?}")));
        };
        Ok(Self { client: Client::new(port)?, server, output })
    }

    /// Waits for the answer to a command: the numbers that follow this word.
    ///
    /// # Errors
    /// If the server is gone, or answers something else.
    pub fn answer(&mut self, word: &str) -> io::Result<Vec<u64>> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut parts = line.split_whitespace();
        let expected = parts.next() == Some(word);
        let numbers: Result<Vec<_>, _> = parts.map(str::parse).collect();
        match numbers {
            Ok(numbers) if expected => Ok(numbers),
            _ => Err(io::Error::other(format!("no answer {word:?}: {line:?}"))),
        }
    }

    /// Has topics made that clients resume, with this many events in all.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn fill(&mut self, topics: u64, count: u64, shape: Shape) -> io::Result<()> {
        self.tell(Command::Fill(topics, count, shape))?;
        self.answer("filled").map(drop)
    }

    /// Starts a server, opens so many connections for events, and sees that each gets one.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Client::open`].
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

    /// Waits until nothing comes, then sees that each connection gets an event.
    ///
    /// # Errors
    /// As [`Client::until`].
    pub fn greet(&mut self, subscribers: usize) -> io::Result<()> {
        self.client.until_quiet(Duration::from_millis(50))?;
        self.client.counts.clear();
        self.publish(1, Shape::line(256))?;
        self.client.until_events(subscribers as u64)
    }

    /// Has so many events published at once.
    ///
    /// # Errors
    /// If the server is gone.
    pub fn publish(&mut self, count: u64, shape: Shape) -> io::Result<()> {
        self.tell(Command::Publish(count, shape))
    }

    /// Tells the server a command.
    ///
    /// # Errors
    /// If the server is gone.
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
    /// If the server is gone.
    pub fn resident(&self) -> io::Result<u64> {
        system::resident(self.server.id())
    }

    /// Clears the counts, does `work`, and returns what it took.
    ///
    /// # Errors
    /// The work's, or that the server is gone.
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
    /// Sees that every event arrived, once.
    ///
    /// # Errors
    /// If not.
    pub fn expect_all(&self, events: u64) -> io::Result<()> {
        let Counts { events: arrived, lost, doubled, .. } = self.counts;
        if (arrived, lost, doubled) == (events, 0, 0) {
            return Ok(());
        }
        let text = format!(
            "{events} events were due, {arrived} arrived, {lost} were lost, {doubled} came twice"
        );
        Err(io::Error::other(text))
    }

    /// The server's time for each event that arrived, in microseconds.
    pub fn cpu_per_event(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / self.counts.events as f64
    }

    /// The share of its core that the server used, in percent.
    pub fn server_busy(&self) -> f64 {
        self.server.as_secs_f64() / self.wall.as_secs_f64() * 100.0
    }

    /// The share of its core that the client used, in percent.
    pub fn client_busy(&self) -> f64 {
        self.client.as_secs_f64() / self.wall.as_secs_f64() * 100.0
    }

    /// From publish to read, in milliseconds: see [`Counts::latency`].
    pub fn latency(&self, share: f64) -> f64 {
        self.counts.latency(share).as_secs_f64() * 1e3
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may be gone; either way nothing is left of it after this.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
