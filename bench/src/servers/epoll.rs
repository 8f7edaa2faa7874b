//! The floor: one thread that waits with `epoll` and writes prebuilt chunks.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::fd::{AsFd, OwnedFd},
    process,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::{Command, Shape, bus, tell_port};

/// Runs the server until standard input ends.
///
/// # Errors
/// An I/O error.
pub fn serve() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    sse_core::tune_listener(&listener);
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    watch(&epoll, &listener, LISTENER, EventFlags::IN)?;
    watch(&epoll, io::stdin(), STDIN, EventFlags::IN)?;
    tell_port(listener.local_addr()?.port());
    Server { epoll, listener, connections: Vec::new(), number: 0, rate: None }.run()
}

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    connections: Vec<Connection>,
    number: u64,
    rate: Option<Rate>,
}

struct Connection {
    socket: TcpStream,
    /// The bytes that the socket has not taken yet.
    left: BytesMut,
    /// The chunk that is sent repeatedly, if the client asked for a flood.
    flood: Option<Bytes>,
}

/// Events to publish at even intervals.
struct Rate {
    start: Instant,
    per_second: u64,
    count: u64,
    done: u64,
    shape: Shape,
}

impl Server {
    fn run(mut self) -> io::Result<()> {
        let mut ready = Vec::with_capacity(1_024);
        loop {
            let wait = self.rate.as_ref().map(|rate| rate.due(rate.done));
            let wait = wait.map(|due| due.saturating_duration_since(Instant::now()));
            let wait = wait.and_then(|wait| wait.try_into().ok());
            ready.clear();
            match epoll::wait(
                &self.epoll,
                rustix::buffer::spare_capacity(&mut ready),
                wait.as_ref(),
            ) {
                Err(rustix::io::Errno::INTR) => continue,
                result => result?,
            };
            for event in &ready {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    STDIN => self.command()?,
                    at => self.connections[at as usize].serve(),
                }
            }
            self.keep_pace();
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => {
                    socket.set_nonblocking(true)?;
                    let at = self.connections.len() as u64;
                    let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
                    watch(&self.epoll, &socket, at, flags)?;
                    self.connections.push(Connection {
                        socket,
                        left: BytesMut::new(),
                        flood: None,
                    });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn command(&mut self) -> io::Result<()> {
        // Commands are short, and each is written whole.
        let mut text = [0; 4_096];
        let read = rustix::io::read(io::stdin(), &mut text)?;
        if read == 0 {
            process::exit(0);
        }
        for line in String::from_utf8_lossy(&text[..read]).lines() {
            match line.parse() {
                Ok(Command::Publish(count, shape)) => self.publish(count, shape),
                Ok(Command::Rate(per_second, count, shape)) => {
                    self.rate =
                        Some(Rate { start: Instant::now(), per_second, count, done: 0, shape });
                }
                Ok(Command::Fill(..) | Command::Feed(..)) => {
                    eprintln!("this server does not have topics to resume");
                }
                Err(error) => eprintln!("{error}"),
            }
        }
        Ok(())
    }

    /// Publishes the events that are due, in one chunk.
    fn keep_pace(&mut self) {
        let Some(rate) = &mut self.rate else { return };
        let (now, first) = (Instant::now(), rate.done);
        while rate.done < rate.count && rate.due(rate.done) <= now {
            rate.done += 1;
        }
        let (due, shape) = (rate.done - first, rate.shape);
        if rate.done == rate.count {
            self.rate = None;
        }
        if due > 0 {
            self.publish(due, shape);
        }
    }

    fn publish(&mut self, count: u64, shape: Shape) {
        let mut events = BytesMut::new();
        for _ in 0..count {
            self.number += 1;
            events.extend_from_slice(&bus::frame(shape.data(self.number)));
        }
        let chunk = chunk(&events);
        for connection in &mut self.connections {
            connection.write(&chunk);
        }
    }
}

impl Connection {
    /// Answers a request, and sends the bytes that the socket has not taken yet.
    fn serve(&mut self) {
        let mut request = [0; 1_024];
        // A socket that has no bytes to read, or is closed, has no request.
        let read = self.socket.read(&mut request).unwrap_or(0);
        let request = String::from_utf8_lossy(&request[..read]);
        if let Some(target) = request.strip_prefix("GET /") {
            self.write(HEAD);
            let size = target.strip_prefix("flood/").and_then(|size| size.split(' ').next());
            if let Some(size) = size.and_then(|size| size.parse().ok()) {
                let frame = bus::frame(&*bus::flood(size));
                self.flood = Some(chunk(&frame.repeat((32 * 1_024 / frame.len()).max(1))));
            }
        }
        let left = std::mem::take(&mut self.left);
        self.write(&left);
        if let Some(chunk) = self.flood.clone() {
            // A flood needs no fairness, because it has the server to itself.
            while self.left.is_empty() {
                self.write(&chunk);
            }
        }
    }

    /// Writes the bytes that the socket takes, and keeps the rest for later. Chunks beyond a bound are lost.
    fn write(&mut self, chunk: &[u8]) {
        if !self.left.is_empty() {
            if self.left.len() < MOST_LEFT {
                self.left.extend_from_slice(chunk);
            }
            return;
        }
        // Errors are ignored: the socket may be full, and the client notices any other error as a loss.
        let written = self.socket.write(chunk).unwrap_or(0);
        self.left.extend_from_slice(&chunk[written..]);
    }
}

impl Rate {
    fn due(&self, number: u64) -> Instant {
        self.start + Duration::from_secs(1).mul_f64(number as f64 / self.per_second as f64)
    }
}

fn watch(epoll: &OwnedFd, fd: impl AsFd, data: u64, flags: EventFlags) -> io::Result<()> {
    Ok(epoll::add(epoll, fd, EventData::new_u64(data), flags)?)
}

fn chunk(events: &[u8]) -> Bytes {
    let mut chunk = BytesMut::from(format!("{:x}\r\n", events.len()).as_bytes());
    chunk.extend_from_slice(events);
    chunk.extend_from_slice(b"\r\n");
    chunk.freeze()
}

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const LISTENER: u64 = u64::MAX;
const STDIN: u64 = u64::MAX - 1;
const MOST_LEFT: usize = 1024 * 1024;
