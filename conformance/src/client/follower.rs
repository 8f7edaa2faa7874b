//! A client that reconnects.

use std::{net::SocketAddr, time::Instant};

use ledger::Record;

use super::{Block, Blocks, Connection, Protocol, Request, Response};
use crate::Server;

/// A client that reconnects, as a browser does, with the ID of the last complete block.
///
/// A case decides where its connections are cut. It does not wait before it reconnects.
#[derive(Debug)]
pub struct Follower {
    name: &'static str,
    address: SocketAddr,
    protocol: Protocol,
    narrow: bool,
    target: String,
    last_event_id: Option<String>,
    open: Option<(Response, Blocks)>,
    /// The number of bytes of the body that are read before the connection is cut.
    rest: usize,
    /// The number of its connections.
    pub connects: usize,
    /// The number of cuts.
    pub cuts: usize,
    /// The number of cuts within a block.
    pub cuts_within_block: usize,
}

impl Follower {
    /// Follows a target, over HTTP/1.1.
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

    /// Uses another protocol.
    #[must_use]
    pub fn over(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Uses [narrow](Connection::open_narrow) connections over HTTP/1.1.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Begins after an ID.
    #[must_use]
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = Some(id.into());
        self
    }

    /// The ID of the last complete block.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// Whether it is connected; otherwise the next [`read`](Self::read) connects.
    pub fn is_connected(&self) -> bool {
        self.open.is_some()
    }

    /// Connects if necessary, reads once, and returns the blocks that are now complete, if any.
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

    /// Reads once, as [`read`](Self::read) does, and enters the blocks in a record.
    ///
    /// # Panics
    /// If an event has no ID, or if a stream that resumes begins with another ID than the client sent.
    pub async fn read_into(&mut self, record: &mut Record) {
        for Block { id, event, data, .. } in self.read().await {
            let Some(id) = id else {
                assert_eq!(data, None, "{}: an event without an ID", self.name);
                continue;
            };
            if let (None, Some(last)) = (&data, record.last_event_id()) {
                assert_eq!(id, last, "{}: the ID with which a stream resumes", self.name);
            }
            record.block(&id, event.as_deref(), data.as_deref(), Instant::now());
        }
    }

    /// Reads this number of events, on the number of connections that it takes.
    pub async fn events(&mut self, count: usize) -> Vec<Block> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.read().await.into_iter().filter(|block| block.data.is_some()));
        }
        events
    }

    /// Cuts the connection after this number of bytes of its body; the next connection is not cut.
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
