//! A client that comes back.

use std::net::SocketAddr;

use super::{Block, Blocks, Connection, Protocol, Request, Response};
use crate::Server;

/// A client that comes back, as a browser does, with the ID of the last block that it has whole.
///
/// It is cut where a case says, and does not wait before it comes back.
#[derive(Debug)]
pub struct Follower {
    name: &'static str,
    address: SocketAddr,
    protocol: Protocol,
    narrow: bool,
    target: String,
    last_event_id: Option<String>,
    open: Option<(Response, Blocks)>,
    /// How many bytes of the body are still read before the connection is cut.
    rest: usize,
    /// How often it has connected.
    pub connects: usize,
    /// How often it was cut.
    pub cuts: usize,
    /// How often that was within a block.
    pub cuts_within_block: usize,
}

impl Follower {
    /// Asks for a target, over HTTP/1.1.
    pub fn new(server: &Server, target: impl Into<String>) -> Self {
        Self {
            name: server.framework.name,
            address: server.address,
            protocol: Protocol::Http11,
            narrow: false,
            target: target.into(),
            last_event_id: None,
            open: None,
            rest: usize::MAX,
            connects: 0,
            cuts: 0,
            cuts_within_block: 0,
        }
    }

    /// Asks over another protocol.
    #[must_use]
    pub fn over(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Asks over [narrow](Connection::open_narrow) connections of HTTP/1.1.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Comes with an ID.
    #[must_use]
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = Some(id.into());
        self
    }

    /// The ID of the last block that it has whole.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// Whether the next [`read`](Self::read) goes on, rather than connects.
    pub fn is_connected(&self) -> bool {
        self.open.is_some()
    }

    /// Connects, if need be, and reads; returns the blocks that are whole now, which may be none.
    ///
    /// # Panics
    /// If the server ends the stream.
    pub async fn read(&mut self) -> Vec<Block> {
        if self.open.is_none() {
            self.connect().await;
        }
        let Some((response, blocks)) = &mut self.open else { return Vec::new() };
        if self.rest == 0 {
            self.cut();
            return Vec::new();
        }
        let part = match response.next().await {
            Ok(part) => part,
            Err(ending) => panic!("{}: the stream ended: {ending:?}", self.name),
        };
        response.forget();
        let taken = part.bytes.len().min(self.rest);
        self.rest -= taken;
        let blocks = blocks.feed(&part.bytes[..taken]);
        if let Some(id) = blocks.iter().filter_map(|block| block.id.as_ref()).next_back() {
            self.last_event_id = Some(id.clone());
        }
        if self.rest == 0 {
            self.cut();
        }
        blocks
    }

    /// Reads as many events, on as many connections as that takes.
    pub async fn events(&mut self, count: usize) -> Vec<Block> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.read().await.into_iter().filter(|block| block.data.is_some()));
        }
        events
    }

    /// Cuts the connection once so many bytes more of its body were read; the next one lasts.
    pub fn cut_after(&mut self, bytes: usize) {
        self.rest = bytes;
    }

    /// Cuts the connection.
    pub fn cut(&mut self) {
        if let Some((_, blocks)) = self.open.take() {
            self.cuts += 1;
            self.cuts_within_block += usize::from(blocks.is_within_block());
        }
        self.rest = usize::MAX;
    }

    async fn connect(&mut self) {
        let mut request = Request::get(&self.target);
        if let Some(id) = &self.last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = if self.narrow {
            Connection::open_narrow(self.name, self.address).await.ask(&request, "1.1").await
        } else {
            self.protocol.ask(self.name, self.address, &request).await
        };
        assert_eq!(response.head.status, 200, "{}: status of {}", self.name, self.target);
        self.connects += 1;
        self.open = Some((response, Blocks::default()));
    }
}
