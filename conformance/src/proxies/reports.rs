//! Serves a page and receives its reports.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

/// Serves a page and receives its reports, until this is dropped.
#[derive(Debug)]
pub(super) struct Reports {
    pub(super) address: SocketAddr,
    reports: UnboundedReceiver<Report>,
    _server: JoinSet<()>,
}

/// The state of a page's EventSources.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) open: usize,
    pub(super) closed: usize,
    /// Those that got an event just now.
    pub(super) live: usize,
    /// How many numbers are missing or came twice.
    pub(super) lost: usize,
    /// How the page came.
    pub(super) protocol: String,
}

impl Reports {
    /// Listens.
    pub(super) async fn start(page: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (tell, reports) = unbounded_channel();
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A page that is gone needs no answer.
                let _ = answer(socket, page, &tell).await;
            }
        });
        Ok(Self { address, reports, _server: server })
    }

    /// Waits for the next report that is of interest.
    pub(super) async fn wait_for(&mut self, is: impl Fn(&Report) -> bool) -> Option<Report> {
        while let Some(report) = self.reports.recv().await {
            if is(&report) {
                return Some(report);
            }
        }
        None
    }
}

impl Report {
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('&');
        let mut number = || fields.next()?.parse().ok();
        let (open, closed, live, lost) = (number()?, number()?, number()?, number()?);
        Some(Self { open, closed, live, lost, protocol: fields.next()?.to_owned() })
    }
}

async fn answer(
    mut socket: TcpStream,
    page: &str,
    tell: &UnboundedSender<Report>,
) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if socket.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match target.split_once('?') {
        Some((_, report)) => {
            if let Some(report) = Report::parse(report) {
                // Nothing reads the reports once the run is over.
                let _ = tell.send(report);
            }
            ("204 No Content", String::new())
        }
        None => {
            let length = page.len();
            ("200 OK", format!("content-type: text/html\r\ncontent-length: {length}\r\n\r\n{page}"))
        }
    };
    let end = if body.is_empty() { "\r\n" } else { "" };
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{body}{end}");
    socket.write_all(answer.as_bytes()).await
}
