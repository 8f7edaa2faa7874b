//! The load client: many connections on one thread, which counts what they receive.

mod counts;
mod reader;

use std::{
    fmt,
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use socket2::{Domain, Socket, Type};

pub use self::counts::Counts;
use self::reader::Reader;
use crate::system;

/// Connections to one server, read on the caller's thread into one buffer.
pub struct Client {
    /// The counts of what has been received so far.
    pub counts: Counts,
    address: SocketAddr,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    ready: Vec<epoll::Event>,
    buffer: Vec<u8>,
}

struct Connection {
    socket: TcpStream,
    reader: Reader,
}

impl Client {
    /// Makes a client without connections.
    ///
    /// # Errors
    /// An I/O error.
    pub fn new(port: u16) -> io::Result<Self> {
        Ok(Self {
            counts: Counts::default(),
            address: (Ipv4Addr::LOCALHOST, port).into(),
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::new(),
            ready: Vec::with_capacity(1_024),
            buffer: vec![0; 256 * 1_024],
        })
    }

    /// Opens connections and waits until each has received the head of its response.
    ///
    /// # Errors
    /// An I/O error, also if a response is not an event stream.
    pub fn open(&mut self, connections: usize, path: &str) -> io::Result<()> {
        self.open_with(connections, path, None)
    }

    /// Opens connections with a small receive buffer, so that they can fall behind.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open).
    pub fn open_narrow(&mut self, connections: usize, path: &str) -> io::Result<()> {
        self.open_with(connections, path, Some(4 * 1_024))
    }

    fn open_with(&mut self, mut left: usize, path: &str, receive: Option<usize>) -> io::Result<()> {
        // At most as many at once as a listener's queue holds.
        while left > 0 {
            let batch = left.min(100);
            for _ in 0..batch {
                self.connect(path, receive, 0)?;
            }
            left -= batch;
            let open = self.connections.len() as u64;
            self.until("a response's head", |counts| counts.heads == open)?;
        }
        Ok(())
    }

    /// Opens connections one after another over this time, each this many events behind, and reads
    /// meanwhile.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open).
    pub fn open_over(
        &mut self,
        time: Duration,
        behind: u64,
        paths: impl ExactSizeIterator<Item = String>,
    ) -> io::Result<()> {
        let (start, each) = (Instant::now(), time / u32::try_from(paths.len()).unwrap_or(1).max(1));
        for (path, number) in paths.zip(0..) {
            while let Some(left) = (start + each * number).checked_duration_since(Instant::now()) {
                self.turn(left)?;
            }
            self.connect(&path, None, behind)?;
        }
        Ok(())
    }

    fn connect(&mut self, path: &str, receive: Option<usize>, behind: u64) -> io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if let Some(bytes) = receive {
            socket.set_recv_buffer_size(bytes)?;
        }
        socket.connect(&self.address.into())?;
        let mut socket = TcpStream::from(socket);
        // The request is sent in one write, because the epoll server takes each read for a whole request.
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
        socket.write_all(request.as_bytes())?;
        socket.set_nonblocking(true)?;
        let at = EventData::new_u64(self.connections.len() as u64);
        epoll::add(&self.epoll, &socket, at, EventFlags::IN)?;
        self.connections.push(Connection { socket, reader: Reader::behind(behind) });
        Ok(())
    }

    /// Stops reading these connections.
    ///
    /// # Errors
    /// An I/O error.
    pub fn pause(&self, connections: std::ops::Range<usize>) -> io::Result<()> {
        self.watch(connections, EventFlags::empty())
    }

    /// Reads these connections again.
    ///
    /// # Errors
    /// An I/O error.
    pub fn resume(&self, connections: std::ops::Range<usize>) -> io::Result<()> {
        self.watch(connections, EventFlags::IN)
    }

    fn watch(&self, connections: std::ops::Range<usize>, flags: EventFlags) -> io::Result<()> {
        for at in connections {
            let data = EventData::new_u64(at as u64);
            epoll::modify(&self.epoll, &self.connections[at].socket, data, flags)?;
        }
        Ok(())
    }

    /// Reads until the counts satisfy a condition.
    ///
    /// # Errors
    /// An I/O error, also if a response has ended, or if it takes more than a minute.
    pub fn until(&mut self, what: &str, done: impl Fn(&Counts) -> bool) -> io::Result<()> {
        let start = Instant::now();
        while !done(&self.counts) {
            self.turn(Duration::from_millis(100))?;
            if start.elapsed() > PATIENCE {
                let text = format!("timed out waiting for {what}, with {:?}", self.counts);
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
        Ok(())
    }

    /// Reads until this many events have arrived since the counts were last cleared.
    ///
    /// # Errors
    /// The errors of [`until`](Self::until).
    pub fn until_events(&mut self, events: u64) -> io::Result<()> {
        self.until(&format!("{events} events"), |counts| counts.events >= events)
    }

    /// Reads for this long.
    ///
    /// # Errors
    /// An I/O error, also if a response has ended.
    pub fn read_for(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.turn(left)?;
        }
        Ok(())
    }

    /// Reads until nothing has arrived for this long.
    ///
    /// # Errors
    /// The errors of [`until`](Self::until).
    pub fn until_quiet(&mut self, time: Duration) -> io::Result<()> {
        let start = Instant::now();
        while self.turn(time)? {
            if start.elapsed() > PATIENCE {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "timed out waiting until no more bytes arrive",
                ));
            }
        }
        Ok(())
    }

    /// Waits, reads the bytes that have arrived, and returns whether there were any.
    fn turn(&mut self, wait: Duration) -> io::Result<bool> {
        let wait = wait.try_into().ok();
        self.ready.clear();
        let ready = rustix::buffer::spare_capacity(&mut self.ready);
        match epoll::wait(&self.epoll, ready, wait.as_ref()) {
            Err(rustix::io::Errno::INTR) => return Ok(true),
            result => result?,
        };
        for event in &self.ready {
            let connection = &mut self.connections[event.data.u64() as usize];
            match connection.socket.read(&mut self.buffer) {
                Ok(0) => return Err(io::Error::other("the server has closed a connection")),
                Ok(read) => {
                    let bytes = &self.buffer[..read];
                    connection.reader.read(bytes, system::now(), &mut self.counts)?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(!self.ready.is_empty())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// The time after which a workload has failed.
const PATIENCE: Duration = Duration::from_secs(60);
