//! A connection over HTTP/1.0 or HTTP/1.1 whose errors fail the test.

use std::{io, net::SocketAddr};

use super::{Head, Http1, Request, Response, within};

/// A connection over HTTP/1.0 or HTTP/1.1 whose errors fail the test, as does a long wait.
#[derive(Debug)]
pub struct Connection {
    name: &'static str,
    http1: Http1,
}

impl Connection {
    /// Connects; the name is for messages.
    pub async fn open(name: &'static str, address: SocketAddr) -> Self {
        Self::of(name, Http1::open(address)).await
    }

    /// As [`open`](Self::open), but receives at most a few KiB ahead of what is read, so that the
    /// server soon notices a pause.
    pub async fn open_narrow(name: &'static str, address: SocketAddr) -> Self {
        Self::of(name, Http1::open_narrow(address, NARROW)).await
    }

    async fn of(name: &'static str, http1: impl Future<Output = io::Result<Http1>>) -> Self {
        let http1 = within(name, "a connection", http1).await;
        let http1 = http1.unwrap_or_else(|error| panic!("{name}: no connection: {error}"));
        Self { name, http1 }
    }

    /// The connection of a response over HTTP/1 that has ended, for the next request.
    ///
    /// # Panics
    /// Over HTTP/2, whose requests do not wait for each other.
    pub fn after(response: Response) -> Self {
        let name = response.name();
        match response.into_http1() {
            Some(http1) => Self { name, http1 },
            None => panic!("{name}: requests over HTTP/2 do not wait for each other"),
        }
    }

    /// Sends a request without waiting for the response.
    pub async fn send(&mut self, request: &Request, version: &str) {
        let name = self.name;
        let sent = within(name, "a request to be sent", self.http1.send(request, version)).await;
        sent.unwrap_or_else(|error| panic!("{name}: request not sent: {error}"));
    }

    /// Sends a request and reads the head of the response, which is an event stream or an error.
    ///
    /// # Panics
    /// If there is no response, or if an event stream has a length.
    pub async fn ask(self, request: &Request, version: &str) -> Response {
        let name = self.name;
        let Some(response) = self.answer(request, version).await else {
            panic!("{name}: the connection ended instead of a response")
        };
        if let Some(length) = response.head.get("content-length")
            && !(request.method == "HEAD" || response.head.status >= 400 || length == "0")
        {
            panic!("{name}: an event stream with content-length {length:?}");
        }
        response
    }

    /// Sends a request and reads the head of the response, whatever it is; `None` if the connection
    /// ends before its first byte.
    pub async fn answer(mut self, request: &Request, version: &str) -> Option<Response> {
        let name = self.name;
        self.send(request, version).await;
        let answer = within(name, "a response", self.http1.response(request, version)).await;
        let (head, body) = came(name, answer)?;
        Some(Response::over_http1(name, head, body))
    }

    /// Reads the head of a response; `None` if the connection ends before its first byte.
    pub async fn head(&mut self) -> Option<Head> {
        came(self.name, within(self.name, "a head", self.http1.head()).await)
    }

    /// Closes the client's half: it sends no more, but continues to read.
    pub async fn close_half(&mut self) {
        self.http1.close_half().await;
    }
}

/// A connection may end before a head, also by a reset, but neither within a head nor with something
/// else.
fn came<T>(name: &str, result: io::Result<Option<T>>) -> Option<T> {
    match result {
        Ok(head) => head,
        Err(error) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => panic!("{name}: {error}"),
            _ => None,
        },
    }
}

/// The size of the receive buffer of a narrow connection, in bytes.
const NARROW: u32 = 8 * 1024;
