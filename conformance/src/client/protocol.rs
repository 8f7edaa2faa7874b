//! The protocols that the servers speak.

use std::net::SocketAddr;

use super::{Connection, Http2, Request, Response};

/// A protocol that the servers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0, which an older nginx speaks to its upstream servers.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2 in clear, with prior knowledge.
    Http2,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http10, Self::Http11, Self::Http2];

    /// Sends a request on a new connection and reads the head of the response.
    pub async fn ask(self, name: &'static str, address: SocketAddr, request: &Request) -> Response {
        match self {
            Self::Http10 => Connection::open(name, address).await.ask(request, "1.0").await,
            Self::Http11 => Connection::open(name, address).await.ask(request, "1.1").await,
            Self::Http2 => Http2::open(name, address).await.ask(request).await,
        }
    }
}
