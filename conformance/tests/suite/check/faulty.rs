//! A correct server, written by hand, into which one fault can be planted.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use super::{Fault, body::Stream, http2};

/// A server that stores all published events, and sends them with their numbers as IDs.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    fault: Option<Fault>,
    log: Mutex<Vec<String>>,
    /// The number of events.
    head: watch::Sender<usize>,
    draining: watch::Sender<bool>,
    /// The number of streams that began without an ID.
    streams: AtomicUsize,
}

/// A request without its content.
#[derive(Debug)]
struct Asked {
    method: String,
    path: String,
    is_http_10: bool,
    headers: Vec<(String, String)>,
}

impl Faulty {
    pub(super) async fn start(fault: Option<Fault>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            fault,
            log: Mutex::default(),
            head: watch::Sender::new(0),
            draining: watch::Sender::new(false),
            streams: AtomicUsize::new(0),
        });
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A client may leave at any time.
                tokio::spawn(async move { drop(shared.serve(socket).await) });
            }
        });
        Self { address }
    }
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Shared {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    async fn serve(&self, mut socket: TcpStream) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let mut bytes = Vec::new();
        let end = loop {
            if bytes.len() >= http2::PREFACE.len() && bytes.starts_with(http2::PREFACE) {
                return http2::serve(self.fault, socket, bytes.split_off(http2::PREFACE.len()))
                    .await;
            }
            let is_http_2 =
                http2::PREFACE.starts_with(&bytes[..bytes.len().min(http2::PREFACE.len())]);
            if !is_http_2
                && let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
            {
                break end;
            }
            if socket.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        };
        let asked = parse(&String::from_utf8_lossy(&bytes[..end]));
        let mut content = bytes.split_off(end + 4);
        let length = asked.header("content-length").and_then(|length| length.parse().ok());
        while content.len() < length.unwrap_or(0) {
            socket.read_buf(&mut content).await?;
        }
        match (&*asked.method, &*asked.path) {
            ("POST", "/publish") => {
                self.publish(&content);
                socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await
            }
            ("POST", "/drain") => {
                self.draining.send_replace(true);
                socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await
            }
            ("GET", "/moved") => {
                let head = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /events\r\n";
                socket.write_all(format!("{head}content-length: 0\r\n\r\n").as_bytes()).await
            }
            ("HEAD", "/events") => self.serve_head(socket, &asked).await,
            ("GET", "/events") => self.serve_events(socket, &asked).await,
            _ => {
                let cors =
                    if self.has(Fault::CorsErrors) { String::new() } else { self.cors(&asked) };
                let head = format!("HTTP/1.1 404 Not Found\r\n{cors}content-length: 0\r\n\r\n");
                socket.write_all(head.as_bytes()).await
            }
        }
    }

    fn publish(&self, content: &[u8]) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(String::from_utf8_lossy(content).into_owned());
        self.head.send_replace(log.len());
    }

    fn cors(&self, asked: &Asked) -> String {
        let Some(origin) = asked.header("origin") else { return String::new() };
        let credentials = "access-control-allow-credentials: true\r\n";
        let allowed = "access-control-allow-origin";
        match self.fault {
            Some(Fault::Cors) => String::new(),
            Some(Fault::CorsCredentials) => format!("{allowed}: *\r\n"),
            Some(Fault::CorsVary) => format!("{allowed}: {origin}\r\n{credentials}"),
            _ => format!("{allowed}: {origin}\r\n{credentials}vary: origin\r\n"),
        }
    }

    fn head(&self, asked: &Asked) -> String {
        let status = if self.has(Fault::Status) { "500 Internal Server Error" } else { "200 OK" };
        let content_type = match self.fault {
            Some(Fault::ContentType) => "text/plain",
            Some(Fault::Charset) => "text/event-stream; charset=latin1",
            Some(Fault::HeadDiffers) if asked.method == "HEAD" => "text/html",
            _ => "text/event-stream; charset=utf-8",
        };
        let caching = match self.fault {
            Some(Fault::Caching) => "no-transform",
            Some(Fault::NoTransform) => "no-cache",
            _ => "no-cache, no-transform",
        };
        let mut head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncache-control: {caching}\r\n"
        );
        if !self.has(Fault::ProxyBuffering) {
            head += "x-accel-buffering: no\r\n";
        }
        if self.has(Fault::Length) || self.has(Fault::TwoLengths) {
            head += "content-length: 1000000000\r\n";
        }
        if self.is_chunked(asked) {
            head += "transfer-encoding: chunked\r\n";
        }
        if asked.header("accept-encoding") == Some("gzip") {
            head += match self.fault {
                Some(Fault::Brotli) => "content-encoding: br\r\n",
                _ => "content-encoding: gzip\r\n",
            };
        }
        head + &self.cors(asked) + "\r\n"
    }

    fn is_chunked(&self, asked: &Asked) -> bool {
        match self.fault {
            Some(Fault::Length | Fault::UntilClose) => false,
            Some(Fault::Http10Chunked) => true,
            _ => !asked.is_http_10,
        }
    }

    async fn serve_head(&self, mut socket: TcpStream, asked: &Asked) -> io::Result<()> {
        match self.fault {
            Some(Fault::HeadLate) => std::future::pending().await,
            Some(Fault::HeadRefused) => {
                socket.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").await
            }
            Some(Fault::HeadBody) => {
                let head = self.head(asked);
                socket.write_all(format!("{head}0\r\n\r\n").as_bytes()).await
            }
            _ => socket.write_all(self.head(asked).as_bytes()).await,
        }
    }

    async fn serve_events(&self, mut socket: TcpStream, asked: &Asked) -> io::Result<()> {
        let head = *self.head.borrow();
        let last = asked.header("last-event-id");
        let mut next = match last {
            None => head,
            Some("finished") if !self.has(Fault::NeverFinished) => {
                let rest = match self.fault {
                    Some(Fault::FinishedBody) => "\r\ndone",
                    Some(Fault::FinishedLength) => "content-length: 0\r\n\r\n",
                    _ => "\r\n",
                };
                let answer = format!("HTTP/1.1 204 No Content\r\n{rest}");
                return socket.write_all(answer.as_bytes()).await;
            }
            Some(id) => match id.trim().parse::<usize>() {
                Ok(id) if self.has(Fault::DecreasingId) => FIRST_ID - id + 1,
                Ok(id) => id + 1,
                Err(_) if self.has(Fault::NoResponse) => return Ok(()),
                Err(_) if self.has(Fault::UnknownId) => {
                    return socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                }
                Err(_) => head,
            },
        };
        let is_first = last.is_none() && self.streams.fetch_add(1, Ordering::Relaxed) == 0;
        let mut changes = self.head.subscribe();
        if self.has(Fault::LateHead) && last.is_none() {
            let _ = changes.wait_for(|head| *head > next).await;
        }
        socket.write_all(self.head(asked).as_bytes()).await?;
        if self.has(Fault::Http10Closed) && asked.is_http_10 {
            return Ok(());
        }
        let gzip = asked.header("accept-encoding") == Some("gzip");
        let mut stream = Stream {
            socket,
            is_chunked: self.is_chunked(asked),
            gzip: gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast())),
            fault: self.fault,
        };
        stream.send(self.opening().as_bytes()).await?;
        if last.is_some() {
            match self.fault {
                Some(Fault::ResumeLoses) => next += 1,
                Some(Fault::ResumeRepeats) => next = next.saturating_sub(1),
                Some(Fault::ResumeReorders) if next + 1 < head => {
                    stream.send(&self.event(next + 1)).await?;
                    stream.send(&self.event(next)).await?;
                    next += 2;
                }
                _ => {}
            }
            let replayed = next < head;
            while next < head {
                stream.send(&self.event(next)).await?;
                next += 1;
            }
            match self.fault {
                Some(Fault::RaceDoubles) if replayed => next -= 1,
                Some(Fault::RaceLoses) => next += 1,
                _ => {}
            }
        }
        self.live(stream, next, is_first).await
    }

    /// Sends the events from a number on, as they are published.
    async fn live(&self, mut stream: Stream, mut next: usize, is_first: bool) -> io::Result<()> {
        let (mut changes, mut draining) = (self.head.subscribe(), self.draining.subscribe());
        let mut sent = 0;
        loop {
            let head = *changes.borrow_and_update();
            while next < head {
                let began = Instant::now();
                stream.send(&self.event(next)).await?;
                next += 1;
                sent += 1;
                let is_behind = began.elapsed() > BLOCKED;
                match self.fault {
                    Some(Fault::SlowLoses) if is_behind => next = *self.head.borrow(),
                    Some(Fault::SlowReports) if is_behind => {
                        stream.send(b"event: gap\ndata: some\n\n").await?;
                        next = *self.head.borrow();
                    }
                    Some(Fault::SlowRepeats) if is_behind => next -= 1,
                    _ => {}
                }
                if is_first && sent == 3 {
                    match self.fault {
                        Some(Fault::BadChunk) => {
                            return stream.socket.write_all(b"hello\r\n").await;
                        }
                        Some(Fault::Cut) => return Ok(()),
                        Some(Fault::CutEvent) => {
                            stream.send(b"data: half\n").await?;
                            return stream.end().await;
                        }
                        _ => {}
                    }
                }
            }
            tokio::select! {
                changed = changes.changed() => changed.map_err(io::Error::other)?,
                () = drained(&mut draining), if !self.has(Fault::DrainIgnored) => {
                    return match self.fault {
                        Some(Fault::DrainCut) => Ok(()),
                        Some(Fault::DrainWithinEvent) => {
                            stream.send(b"data: half\n").await?;
                            stream.end().await
                        }
                        _ => stream.end().await,
                    };
                }
                () = sleep(KEEP_ALIVE), if !self.has(Fault::Silent) => stream.send(b": \n").await?,
            }
        }
    }

    fn opening(&self) -> &'static str {
        match self.fault {
            Some(Fault::Bom) => "\u{feff}retry: 100\n",
            Some(Fault::Retry) => "retry: soon\n",
            Some(Fault::EmptyBlock) => "retry: 100\n: hello\n\n",
            _ => "retry: 100\n",
        }
    }

    fn event(&self, number: usize) -> Vec<u8> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let data = log.get(number).map_or("", |data| data.as_str());
        let id = match self.fault {
            Some(Fault::NoIds) => String::new(),
            Some(Fault::NullId) if number % 2 == 1 => "id: \0\n".to_owned(),
            Some(Fault::IdWithSpace) => format!("id: {number} \n"),
            Some(Fault::RepeatedId) => format!("id: {}\n", number / 2),
            Some(Fault::DecreasingId) => format!("id: {}\n", FIRST_ID - number),
            _ => format!("id: {number}\n"),
        };
        let mut event = match self.fault {
            Some(Fault::LoneCr) => format!("event: words\r{id}data: {data}\n\n"),
            Some(Fault::LineWithoutField) => format!("{id}data: {data}\nsecond line\n\n"),
            Some(Fault::Injection) => format!("event: words\nevent: other\n{id}data: {data}\n\n"),
            _ => format!("{id}data: {data}\n\n"),
        }
        .into_bytes();
        if self.has(Fault::Utf8) {
            event.splice(event.len() - 2..event.len() - 2, *b"\xff");
        }
        event
    }
}

async fn drained(draining: &mut watch::Receiver<bool>) {
    // The sender lives as long as the server.
    let _ = draining.wait_for(|draining| *draining).await;
}

fn parse(head: &str) -> Asked {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, path, version) = (word(), word(), word());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Asked { method, path, is_http_10: version == "HTTP/1.0", headers }
}

/// The ID of the first event, if IDs decrease.
const FIRST_ID: usize = 1_000_000;

/// The silence after which a comment is sent.
const KEEP_ALIVE: Duration = Duration::from_millis(50);

/// A write that takes longer has waited for its reader.
const BLOCKED: Duration = Duration::from_millis(200);
