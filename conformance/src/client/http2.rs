//! HTTP/2 in clear, with prior knowledge (RFC 9113 3.3).

use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use tokio::net::TcpStream;

use super::{Head, Request, Response, frames::Frames, within};

/// A connection on which many requests are in progress at once.
#[derive(Clone, Debug)]
pub struct Http2 {
    name: &'static str,
    sender: SendRequest<Bytes>,
}

impl Http2 {
    /// Connects; the name is for messages.
    pub async fn open(name: &'static str, address: SocketAddr) -> Self {
        Self::open_with(name, address, &mut Builder::new()).await
    }

    /// As [`open`](Self::open), but with an initial window of 0: no stream may send a byte of its body.
    pub async fn open_without_window(name: &'static str, address: SocketAddr) -> Self {
        Self::open_with(name, address, Builder::new().initial_window_size(0)).await
    }

    async fn open_with(name: &'static str, address: SocketAddr, builder: &mut Builder) -> Self {
        let socket = within(name, "a connection", TcpStream::connect(address)).await;
        let socket = socket.unwrap_or_else(|error| panic!("{name}: no connection: {error}"));
        let handshake = builder.data_frame_budget(BUDGET).handshake(socket);
        let handshake = within(name, "an HTTP/2 handshake", handshake).await;
        let (sender, connection) =
            handshake.unwrap_or_else(|error| panic!("{name}: no HTTP/2: {error}"));
        tokio::spawn(connection);
        Self { name, sender }
    }

    /// Sends a request and reads the head of the response.
    ///
    /// # Panics
    /// If there is no response.
    pub async fn ask(&self, request: &Request) -> Response {
        let mut head = http::Request::builder()
            .method(request.method)
            .uri(format!("http://localhost{}", request.target));
        for (name, value) in &request.headers {
            head = head.header(&**name, value.as_slice());
        }
        let head = head.body(()).expect("a valid request");

        let name = self.name;
        let sender = within(name, "HTTP/2 to be ready", self.sender.clone().ready()).await;
        let mut sender = sender.unwrap_or_else(|error| panic!("{name}: HTTP/2 ended: {error}"));
        let (answer, handle) = match sender.send_request(head, true) {
            Ok(sent) => sent,
            Err(error) => panic!("{name}: request not sent: {error}"),
        };
        let answer = within(name, "the head of a response", answer).await;
        let (head, body) = match answer {
            Ok(answer) => answer.into_parts(),
            Err(error) => panic!("{name}: no response: {error}"),
        };
        let headers = head.headers.iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let head = Head::new(head.status.as_u16(), headers);
        Response::over_http2(name, head, Frames::new(name, body, handle))
    }
}

/// By default h2 ends a connection on which about a hundred small frames wait to be read, and events soon exceed
/// that while a test does something else.
const BUDGET: usize = 1 << 30;
