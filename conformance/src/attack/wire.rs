//! A connection over HTTP/1.1 that does only what its caller asks for.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// A connection over HTTP/1.1 that does only what its caller asks for, and never panics.
#[derive(Debug)]
pub(super) struct Wire {
    socket: TcpStream,
    /// Bytes that were read and not yet returned.
    buffer: Vec<u8>,
}

impl Wire {
    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: Vec::new() })
    }

    /// As [`open`](Self::open), with the smallest receive buffer that the system allows.
    pub(super) async fn open_narrow(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(1)?;
        Ok(Self { socket: socket.connect(address).await?, buffer: Vec::new() })
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await
    }

    /// Sends a request and reads nothing.
    pub(super) async fn get(
        &mut self,
        target: &str,
        last_event_id: Option<&str>,
    ) -> io::Result<()> {
        let id = last_event_id.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n{id}\r\n");
        self.send(head.as_bytes()).await
    }

    /// Sends a request with content, and returns the status of its answer.
    pub(super) async fn post(&mut self, target: &str, content: &str) -> io::Result<u16> {
        let length = content.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
             content-length: {length}\r\n\r\n{content}"
        );
        self.send(request.as_bytes()).await?;
        Ok(self.answer().await?.0)
    }

    /// Reads an answer with a length.
    pub(super) async fn answer(&mut self) -> io::Result<(u16, String)> {
        let (status, length) = self.head().await?;
        while self.buffer.len() < length {
            self.fill().await?;
        }
        let content = self.buffer.drain(..length).collect::<Vec<u8>>();
        Ok((status, String::from_utf8_lossy(&content).into_owned()))
    }

    /// Reads the head of an answer; returns its status and length, 0 if it has none.
    pub(super) async fn head(&mut self) -> io::Result<(u16, usize)> {
        let (mut status, mut length) = (None, 0);
        loop {
            let line = self.line().await?;
            let line = String::from_utf8_lossy(&line).trim().to_ascii_lowercase();
            if status.is_none() {
                let code = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                status = Some(code.ok_or_else(|| io::Error::other("not an answer"))?);
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            } else if line.is_empty() {
                return Ok((status.unwrap_or(0), length));
            }
        }
    }

    /// Reads a line, with its end.
    pub(super) async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let found = self.buffer[searched..].iter().position(|byte| *byte == b'\n');
            if let Some(at) = found {
                return Ok(self.buffer.drain(..=searched + at).collect());
            }
            searched = self.buffer.len();
            self.fill().await?;
        }
    }

    /// Reads at most this many bytes and drops them; returns how many arrived.
    pub(super) async fn skip(&mut self, most: usize) -> io::Result<usize> {
        if !self.buffer.is_empty() {
            let count = most.min(self.buffer.len());
            self.buffer.drain(..count);
            return Ok(count);
        }
        let mut bytes = [0; 16 * 1024];
        let room = most.min(bytes.len());
        match self.socket.read(&mut bytes[..room]).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.reserve(4 * 1024);
        match self.socket.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
