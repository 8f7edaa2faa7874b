//! HTTP/1.0 and HTTP/1.1 by hand.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{Ending, Head, Part, Request, Response, response::Source, within};

/// A connection on which one request follows the other.
#[derive(Debug)]
pub struct Connection {
    name: &'static str,
    socket: TcpStream,
    /// Read, but not given out.
    buffer: Vec<u8>,
    reads: usize,
}

/// How the end of a body is told (RFC 9112 6.3). A client of HTTP/1.0 knows nothing of chunks.
#[derive(Debug)]
enum Framing {
    Nothing,
    Chunked,
    UntilClose,
    /// So many bytes more.
    Counted(usize),
}

impl Connection {
    /// Connects; the name is for messages.
    pub async fn open(name: &'static str, address: SocketAddr) -> Self {
        let socket = within(name, "a connection", TcpStream::connect(address)).await;
        let socket = socket.unwrap_or_else(|error| panic!("{name}: no connection: {error}"));
        Self { name, socket, buffer: Vec::new(), reads: 0 }
    }

    /// As [`open`](Self::open), but takes only a few KiB from the server ahead of what is read, so
    /// that a pause is soon felt there.
    pub async fn open_narrow(name: &'static str, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(NARROW).expect("a buffer of that size");
        let socket = within(name, "a connection", socket.connect(address)).await;
        let socket = socket.unwrap_or_else(|error| panic!("{name}: no connection: {error}"));
        Self { name, socket, buffer: Vec::new(), reads: 0 }
    }

    /// Sends a request without waiting for the answer.
    pub async fn send(&mut self, request: &Request, version: &str) {
        let bytes = request.bytes(version);
        let sent = self.socket.write_all(&bytes);
        let sent = within(self.name, "a request to be sent", sent).await;
        sent.unwrap_or_else(|error| panic!("{}: request not sent: {error}", self.name));
    }

    /// Sends a request and reads the head of the answer, which is an event stream or an error.
    ///
    /// # Panics
    /// If there is no answer, or if an event stream has a length.
    pub async fn ask(self, request: &Request, version: &str) -> Response {
        let name = self.name;
        let Some(response) = self.answer(request, version).await else {
            panic!("{name}: the connection ended instead of an answer")
        };
        if let Some(length) = response.head.get("content-length")
            && !(request.method == "HEAD" || response.head.status >= 400 || length == "0")
        {
            panic!("{name}: an event stream with content-length {length:?}");
        }
        response
    }

    /// Sends a request and reads the head of the answer, whatever it is; `None` if the connection ends
    /// before its first byte.
    pub async fn answer(mut self, request: &Request, version: &str) -> Option<Response> {
        self.send(request, version).await;
        let head = self.head().await?;
        let framing = if request.method == "HEAD" || head.status == 204 {
            Framing::Nothing
        } else if version == "1.1" && head.get("transfer-encoding").as_deref() == Some("chunked") {
            Framing::Chunked
        } else {
            match head.get("content-length") {
                None => Framing::UntilClose,
                Some(length) => Framing::Counted(length.parse().expect("a length")),
            }
        };
        Some(Response::new(self.name, head, Source::Http1(Body { connection: self, framing })))
    }

    /// Reads the head of an answer; `None` if the connection ends before its first byte.
    pub async fn head(&mut self) -> Option<Head> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                let head = std::mem::replace(&mut self.buffer, rest);
                return Some(Head::parse(&String::from_utf8_lossy(&head[..end])));
            }
            if !self.read().await {
                let seen = String::from_utf8_lossy(&self.buffer);
                assert_eq!(seen, "", "{}: the connection ended within a head", self.name);
                return None;
            }
        }
    }

    /// Closes our half: we send no more, but go on to read.
    pub async fn close_half(&mut self) {
        // Closed by the other side is closed as well.
        let _ = self.socket.shutdown().await;
    }

    /// Reads once; false at the end of the connection, however it came.
    async fn read(&mut self) -> bool {
        self.buffer.reserve(READ);
        let read = self.socket.read_buf(&mut self.buffer);
        let read = within(self.name, "bytes from the server", read).await;
        self.reads += 1;
        read.is_ok_and(|count| count > 0)
    }
}

/// The body of a response and the connection on which it comes.
#[derive(Debug)]
pub(super) struct Body {
    connection: Connection,
    framing: Framing,
}

impl Body {
    pub(super) async fn next(&mut self) -> Result<Part, Ending> {
        let before = self.connection.reads;
        let bytes = match self.framing {
            Framing::Nothing => Err(Ending::Complete),
            Framing::Chunked => self.chunk().await,
            Framing::UntilClose => self.read().await,
            Framing::Counted(rest) => self.counted(rest).await,
        }?;
        Ok(Part { bytes, reads: self.connection.reads - before })
    }

    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    async fn chunk(&mut self) -> Result<Vec<u8>, Ending> {
        loop {
            let buffer = &mut self.connection.buffer;
            if let Some(line) = find(buffer, b"\r\n") {
                let size = std::str::from_utf8(&buffer[..line]).ok();
                let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
                let Some(size) = size else {
                    panic!("{}: not the size of a chunk: {buffer:?}", self.connection.name)
                };
                let start = line + 2;
                if buffer.len() >= start + size + 2 {
                    let rest = buffer.split_off(start + size + 2);
                    let mut chunk = std::mem::replace(buffer, rest);
                    assert_eq!(&chunk[start + size..], b"\r\n", "{}", self.connection.name);
                    chunk.truncate(start + size);
                    chunk.drain(..start);
                    if size == 0 {
                        self.framing = Framing::Nothing;
                        return Err(Ending::Complete);
                    }
                    return Ok(chunk);
                }
            }
            if !self.connection.read().await {
                self.framing = Framing::Nothing;
                return Err(Ending::Cut);
            }
        }
    }

    async fn counted(&mut self, rest: usize) -> Result<Vec<u8>, Ending> {
        if rest == 0 {
            return Err(Ending::Complete);
        }
        if self.connection.buffer.is_empty() && !self.connection.read().await {
            return Err(Ending::Cut);
        }
        let buffer = &mut self.connection.buffer;
        let part: Vec<u8> = buffer.drain(..rest.min(buffer.len())).collect();
        self.framing = Framing::Counted(rest - part.len());
        Ok(part)
    }

    async fn read(&mut self) -> Result<Vec<u8>, Ending> {
        if self.connection.buffer.is_empty() && !self.connection.read().await {
            return Err(Ending::Complete);
        }
        Ok(std::mem::take(&mut self.connection.buffer))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Room for a read, so that what was written at once is read at once.
const READ: usize = 64 * 1024;

/// Room at the client's system for what is not yet read.
const NARROW: u32 = 8 * 1024;
