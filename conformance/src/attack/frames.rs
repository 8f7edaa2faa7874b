//! HTTP/2 in clear, frame by frame (RFC 9113), for what a well-behaved client library refuses to do.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that sends any frames in any order.
#[derive(Debug)]
pub(super) struct Frames {
    socket: TcpStream,
    buffer: Vec<u8>,
    /// The identifier of the next stream.
    next: u32,
    greeted: bool,
    /// It is within a head, where any other frame would be an error.
    within_head: bool,
    /// How many streams the server allows at once; `None` is any number.
    pub(super) most_streams: Option<u32>,
}

/// A frame from the server.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

pub(super) const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

impl Frames {
    /// Connects with prior knowledge; each stream's window begins at this size, the connection's is
    /// as large as it can be.
    pub(super) async fn open(address: SocketAddr, window: u32) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let mut frames = Self {
            socket,
            buffer: Vec::new(),
            next: 1,
            greeted: false,
            within_head: false,
            most_streams: None,
        };
        frames.socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
        // SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 6.5.2).
        let mut setting = vec![0, 4];
        setting.extend_from_slice(&window.to_be_bytes());
        frames.send(SETTINGS, 0, 0, &setting).await?;
        frames.widen(0, i32::MAX as u32 - 65_535).await?;
        Ok(frames)
    }

    /// Waits until the server's settings have come and are answered.
    pub(super) async fn greeted(&mut self) -> io::Result<()> {
        while !self.greeted {
            self.socket.readable().await?;
            self.catch_up().await?;
        }
        Ok(())
    }

    /// Begins a request; returns its stream.
    pub(super) async fn get(&mut self, path: &str) -> io::Result<u32> {
        let stream = self.take_stream();
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, &head(path)).await?;
        Ok(stream)
    }

    /// Begins requests and resets each at once, all in one write.
    pub(super) async fn get_and_reset(&mut self, path: &str, count: usize) -> io::Result<()> {
        let mut bytes = Vec::new();
        for _ in 0..count {
            let stream = self.take_stream();
            bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, &head(path)));
            // CANCEL (RFC 9113 7).
            bytes.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        self.socket.write_all(&bytes).await
    }

    /// Begins a request whose headers do not end.
    pub(super) async fn get_without_end(&mut self, path: &str) -> io::Result<u32> {
        let stream = self.take_stream();
        self.within_head = true;
        self.send(HEADERS, END_STREAM, stream, &head(path)).await?;
        Ok(stream)
    }

    /// Continues headers that do not end, with one header of this many bytes, or an empty frame.
    pub(super) async fn go_on(&mut self, stream: u32, bytes: usize) -> io::Result<()> {
        let mut block = Vec::new();
        if bytes > 0 {
            literal(&mut block, "x-more", &"x".repeat(bytes));
        }
        self.send(CONTINUATION, 0, stream, &block).await
    }

    /// Lets the server send this many more bytes, on a stream or, with 0, on the connection.
    pub(super) async fn widen(&mut self, stream: u32, bytes: u32) -> io::Result<()> {
        self.send(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes()).await
    }

    /// Reads the next frame; answers settings and pings.
    pub(super) async fn next(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(frame) = self.parsed().await? {
                return Ok(frame);
            }
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads the frames that are there and forgets them.
    pub(super) async fn catch_up(&mut self) -> io::Result<()> {
        loop {
            while self.parsed().await?.is_some() {}
            match self.socket.try_read_buf(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next frame in the buffer that concerns a stream.
    ///
    /// # Errors
    /// The server's, if it ends the connection.
    async fn parsed(&mut self) -> io::Result<Option<Frame>> {
        while let Some([a, b, c, kind, flags]) = self.buffer.first_chunk() {
            let (length, kind, flags) =
                (u32::from_be_bytes([0, *a, *b, *c]) as usize, *kind, *flags);
            if self.buffer.len() < HEAD + length {
                return Ok(None);
            }
            let bytes: Vec<u8> = self.buffer.drain(..HEAD + length).collect();
            let (head, payload) = bytes.split_at(HEAD);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            match kind {
                SETTINGS if flags & ACK == 0 => {
                    self.send(SETTINGS, ACK, 0, &[]).await?;
                    self.greeted = true;
                    // SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 6.5.2).
                    let most = payload.chunks_exact(6).find(|setting| setting[..2] == [0, 3]);
                    self.most_streams =
                        most.map(|at| u32::from_be_bytes([at[2], at[3], at[4], at[5]]));
                }
                PING if flags & ACK == 0 && !self.within_head => {
                    self.send(PING, ACK, 0, payload).await?
                }
                GOAWAY => {
                    let code = payload.get(7).copied().unwrap_or_default();
                    return Err(io::Error::other(format!("GOAWAY {}", meaning(code))));
                }
                _ if stream > 0 => {
                    return Ok(Some(Frame { kind, stream, payload: payload.to_vec() }));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        self.socket.write_all(&frame(kind, flags, stream, payload)).await
    }

    fn take_stream(&mut self) -> u32 {
        let stream = self.next;
        self.next += 2;
        stream
    }
}

/// What an error code means (RFC 9113 7).
fn meaning(code: u8) -> String {
    match code {
        0 => "NO_ERROR".to_owned(),
        1 => "PROTOCOL_ERROR".to_owned(),
        3 => "FLOW_CONTROL_ERROR".to_owned(),
        7 => "REFUSED_STREAM".to_owned(),
        9 => "COMPRESSION_ERROR".to_owned(),
        11 => "ENHANCE_YOUR_CALM".to_owned(),
        code => format!("code {code}"),
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame of at most 16 KiB").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

fn head(path: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in
        [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "localhost")]
    {
        literal(&mut block, name, value);
    }
    block
}

/// A header that enters no table (RFC 7541 6.2.2).
fn literal(block: &mut Vec<u8>, name: &str, value: &str) {
    block.push(0);
    for text in [name, value] {
        // An integer with a prefix of 7 bits (RFC 7541 5.1).
        let length = text.len();
        match length.checked_sub(127) {
            None => block.push(length as u8),
            Some(mut rest) => {
                block.push(127);
                while rest >= 128 {
                    block.push((rest % 128 + 128) as u8);
                    rest /= 128;
                }
                block.push(rest as u8);
            }
        }
        block.extend_from_slice(text.as_bytes());
    }
}

/// Bytes of a frame's head.
const HEAD: usize = 9;
