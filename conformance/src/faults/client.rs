//! A client that comes back, as a browser does, whatever happens to it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::books::Record;
use crate::client::Blocks;

/// What befalls a client from outside.
#[derive(Debug)]
pub(super) struct Fate {
    /// After how many more bytes its connection is cut.
    pub(super) cut_after: AtomicUsize,
    /// Whether it does not read.
    pub(super) paused: AtomicBool,
}

impl Default for Fate {
    fn default() -> Self {
        Self { cut_after: AtomicUsize::new(usize::MAX), paused: AtomicBool::new(false) }
    }
}

/// A client that follows topics.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) record: Record,
    pub(super) fate: Arc<Fate>,
    /// Takes little ahead of what it reads.
    pub(super) narrow: bool,
    pub(super) reconnection_time: Duration,
}

impl Client {
    /// Follows its topics, until the end of all of them has come or `over` says to give up.
    pub(super) async fn follow(mut self, mut over: watch::Receiver<bool>) -> Record {
        loop {
            let connection = self.connection();
            tokio::select! {
                // However it ended: a client knows only that it did.
                _ = connection => {}
                _ = over.wait_for(|over| *over) => return self.record,
            }
            if self.record.has_ended() {
                return self.record;
            }
            sleep(self.reconnection_time).await;
        }
    }

    async fn connection(&mut self) -> io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        if self.narrow {
            socket.set_recv_buffer_size(64 * 1024)?;
        }
        let mut socket = timeout(PATIENCE, socket.connect(self.address)).await??;
        let id = self.record.last_event_id();
        let id = id.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
        let target = self.record.target();
        let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n{id}\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut body = Body { socket, buffer: Vec::new(), length: Length::UntilClose };
        let status = body.head().await?;
        if status != 200 {
            // It would end a browser's EventSource for good.
            self.record.refused(status);
            return Ok(());
        }
        self.record.connected();
        let mut blocks = Blocks::default();
        loop {
            while self.fate.paused.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(20)).await;
            }
            let Some(bytes) = body.next().await? else { return Ok(()) };
            let rest = self.fate.cut_after.load(Ordering::Relaxed);
            let taken = bytes.len().min(rest);
            for block in blocks.feed(&bytes[..taken]) {
                if let Some(time) = block.retry {
                    self.reconnection_time = Duration::from_millis(time);
                }
                self.record.take(block, Instant::now());
            }
            if rest != usize::MAX {
                let rest = rest - taken;
                let cut = rest == 0;
                self.fate.cut_after.store(if cut { usize::MAX } else { rest }, Ordering::Relaxed);
                if cut {
                    return Ok(());
                }
            }
            if self.record.has_ended() {
                return Ok(());
            }
        }
    }
}

/// The body of a response as its bytes come.
struct Body {
    socket: TcpStream,
    buffer: Vec<u8>,
    length: Length,
}

/// How the end of a body is told (RFC 9112 6.3).
enum Length {
    UntilClose,
    Chunked,
    /// So many bytes more.
    Counted(usize),
}

impl Body {
    /// Reads the head; returns the status.
    async fn head(&mut self) -> io::Result<u16> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
                self.buffer.drain(..end + 4);
                let header = |name| head.lines().find_map(|line| line.strip_prefix(name));
                self.length = match header("content-length: ").and_then(|it| it.parse().ok()) {
                    Some(length) => Length::Counted(length),
                    None if header("transfer-encoding: chunked").is_some() => Length::Chunked,
                    None => Length::UntilClose,
                };
                let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
                return status.ok_or_else(|| io::Error::other("no status"));
            }
            if !self.read().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The next bytes; `None` at the end, also where the connection is cut.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            match &mut self.length {
                Length::Counted(0) => return Ok(None),
                Length::Counted(rest) if !self.buffer.is_empty() => {
                    *rest -= self.buffer.len().min(*rest);
                    return Ok(Some(std::mem::take(&mut self.buffer)));
                }
                Length::UntilClose if !self.buffer.is_empty() => {
                    return Ok(Some(std::mem::take(&mut self.buffer)));
                }
                _ => {}
            }
            if matches!(self.length, Length::Chunked)
                && let Some(line) = find(&self.buffer, b"\r\n")
            {
                let size = std::str::from_utf8(&self.buffer[..line]).unwrap_or_default();
                let size = usize::from_str_radix(size, 16)
                    .map_err(|error| io::Error::other(format!("{size:?}: {error}")))?;
                let end = line + 2 + size;
                if self.buffer.len() >= end + 2 {
                    let rest = self.buffer.split_off(end + 2);
                    let mut chunk = std::mem::replace(&mut self.buffer, rest);
                    chunk.truncate(end);
                    chunk.drain(..line + 2);
                    return Ok(if size == 0 { None } else { Some(chunk) });
                }
            }
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> io::Result<bool> {
        self.buffer.reserve(16 * 1024);
        Ok(self.socket.read_buf(&mut self.buffer).await? > 0)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

const PATIENCE: Duration = Duration::from_secs(5);
