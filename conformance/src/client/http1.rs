//! HTTP/1.0 and HTTP/1.1 by hand.

use std::{io, mem, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{Head, Part, Request};

/// A connection on which one request follows another. It reports what goes wrong, and never panics.
///
/// What violates HTTP is an error of the kind [`InvalidData`](io::ErrorKind::InvalidData). An end of
/// the connection within a message is one of the kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
#[derive(Debug)]
pub struct Http1 {
    socket: TcpStream,
    /// Bytes that were read and not yet returned.
    buffer: Vec<u8>,
    reads: usize,
}

/// The body of a response, and the connection on which it comes.
#[derive(Debug)]
pub struct Body {
    connection: Http1,
    framing: Framing,
}

/// How the end of a body is recognized (RFC 9112 6.3). A client of HTTP/1.0 does not know chunks.
#[derive(Debug)]
enum Framing {
    Ended,
    Chunked,
    UntilClose,
    /// The number of bytes that are left.
    Counted(usize),
}

impl Http1 {
    /// Connects.
    ///
    /// # Errors
    /// The system's.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self::new(TcpStream::connect(address).await?))
    }

    /// Connects with a receive buffer of this size, in bytes, so that the server soon notices when the
    /// client does not read.
    ///
    /// # Errors
    /// The system's.
    pub async fn open_narrow(address: SocketAddr, receive_buffer: u32) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(receive_buffer)?;
        Ok(Self::new(socket.connect(address).await?))
    }

    fn new(socket: TcpStream) -> Self {
        Self { socket, buffer: Vec::new(), reads: 0 }
    }

    /// Sends a request without waiting for the response.
    ///
    /// # Errors
    /// The system's.
    pub async fn send(&mut self, request: &Request, version: &str) -> io::Result<()> {
        self.socket.write_all(&request.bytes(version)).await
    }

    /// Sends a request and reads the head of the response; `None` if the connection ends before its
    /// first byte.
    ///
    /// # Errors
    /// If the request cannot be sent, or the head cannot be read.
    pub async fn ask(
        mut self,
        request: &Request,
        version: &str,
    ) -> io::Result<Option<(Head, Body)>> {
        self.send(request, version).await?;
        self.response(request, version).await
    }

    /// Reads the head of the response to a request that was sent; `None` if the connection ends before
    /// its first byte.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub async fn response(
        mut self,
        request: &Request,
        version: &str,
    ) -> io::Result<Option<(Head, Body)>> {
        let Some(head) = self.head().await? else { return Ok(None) };
        let framing = Framing::of(&head, request, version)?;
        Ok(Some((head, Body { connection: self, framing })))
    }

    /// Reads the head of a response; `None` if the connection ends before its first byte.
    ///
    /// # Errors
    /// If the connection ends within the head, or it is not a head.
    pub async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                let head = mem::replace(&mut self.buffer, rest);
                return Head::parse(&String::from_utf8_lossy(&head[..end])).map(Some);
            }
            match self.read().await {
                Ok(true) => {}
                Ok(false) if self.buffer.is_empty() => return Ok(None),
                Err(error) if self.buffer.is_empty() => return Err(error),
                Ok(false) | Err(_) => {
                    let seen = String::from_utf8_lossy(&self.buffer);
                    return Err(cut(format!("the connection ended within a head: {seen:?}")));
                }
            }
        }
    }

    /// Reads whatever comes, to the end of the connection. It stays [unread](Self::unread).
    ///
    /// # Errors
    /// The system's.
    pub async fn excess(&mut self) -> io::Result<()> {
        while self.buffer.len() < READ && self.read().await? {}
        Ok(())
    }

    /// The bytes that were received and not returned.
    pub fn unread(&self) -> &[u8] {
        &self.buffer
    }

    /// Closes the client's half: it sends no more, but continues to read.
    pub async fn close_half(&mut self) {
        // A connection that the server has closed is closed as well.
        let _ = self.socket.shutdown().await;
    }

    /// Reads once; false at the end of the connection.
    async fn read(&mut self) -> io::Result<bool> {
        if self.buffer.len() > LARGEST {
            return Err(invalid(format!("a part of a response of more than {LARGEST} bytes")));
        }
        self.buffer.reserve(READ);
        self.reads += 1;
        Ok(self.socket.read_buf(&mut self.buffer).await? > 0)
    }
}

impl Framing {
    fn of(head: &Head, request: &Request, version: &str) -> io::Result<Self> {
        if request.method == "HEAD" || head.status == 204 {
            return Ok(Self::Ended);
        }
        if version == "1.1" && head.get("transfer-encoding").as_deref() == Some("chunked") {
            return Ok(Self::Chunked);
        }
        match head.get("content-length") {
            None => Ok(Self::UntilClose),
            Some(length) => match length.parse() {
                Ok(length) => Ok(Self::Counted(length)),
                Err(_) => Err(invalid(format!("content-length {length:?}"))),
            },
        }
    }
}

impl Body {
    /// Reads the next part; `None` at the end of the body.
    ///
    /// # Errors
    /// If the connection ends before the body, or the next bytes are not a chunk.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no bytes.
    pub async fn next(&mut self) -> io::Result<Option<Part>> {
        let before = self.connection.reads;
        let bytes = match self.framing {
            Framing::Ended => None,
            Framing::Chunked => self.chunk().await?,
            Framing::UntilClose => self.until_close().await,
            Framing::Counted(rest) => self.counted(rest).await?,
        };
        let reads = self.connection.reads - before;
        Ok(bytes.map(|bytes| Part { bytes, reads }))
    }

    /// The connection, for the next request.
    pub fn into_connection(self) -> Http1 {
        self.connection
    }

    async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let buffer = &mut self.connection.buffer;
            if let Some(line) = find(buffer, b"\r\n") {
                let size = std::str::from_utf8(&buffer[..line]).ok();
                let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
                let size = size.filter(|size| *size <= LARGEST).ok_or_else(|| {
                    invalid(format!("not the size of a chunk: {}", buffer[..line].escape_ascii()))
                })?;
                let (start, end) = (line + 2, line + 2 + size);
                if buffer.len() >= end + 2 {
                    let rest = buffer.split_off(end + 2);
                    let mut chunk = mem::replace(buffer, rest);
                    if !chunk.ends_with(b"\r\n") {
                        return Err(invalid(format!(
                            "no line break after a chunk of {size} bytes"
                        )));
                    }
                    chunk.truncate(end);
                    chunk.drain(..start);
                    if size == 0 {
                        self.framing = Framing::Ended;
                        return Ok(None);
                    }
                    return Ok(Some(chunk));
                }
            }
            if !self.connection.read().await? {
                return Err(cut("the connection ended before the last chunk".to_owned()));
            }
        }
    }

    async fn counted(&mut self, rest: usize) -> io::Result<Option<Vec<u8>>> {
        if rest == 0 {
            return Ok(None);
        }
        if self.connection.buffer.is_empty() && !self.connection.read().await? {
            return Err(cut(format!("the connection ended {rest} bytes before the body")));
        }
        let buffer = &mut self.connection.buffer;
        let part: Vec<u8> = buffer.drain(..rest.min(buffer.len())).collect();
        self.framing = Framing::Counted(rest - part.len());
        Ok(Some(part))
    }

    /// A reset connection ends the body as a closed one does: without a length, nothing shows that more was to come.
    async fn until_close(&mut self) -> Option<Vec<u8>> {
        let connection = &mut self.connection;
        let has_more = !connection.buffer.is_empty() || connection.read().await.unwrap_or(false);
        has_more.then(|| mem::take(&mut connection.buffer))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn cut(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, what)
}

/// The size of the largest head or chunk that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// The size of a read, so that bytes written at once are read at once.
const READ: usize = 64 * 1024;

#[cfg(test)]
mod tests;
