//! A response whose body is read bit by bit.

use super::{Connection, Head, http1, http2, within};

/// A response whose body is read bit by bit.
#[derive(Debug)]
pub struct Response {
    name: &'static str,
    /// Its status and headers.
    pub head: Head,
    source: Source,
    body: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum Source {
    Http1(http1::Body),
    Http2(http2::Body),
}

/// A piece of a body: a chunk over HTTP/1.1, a read over HTTP/1.0, a frame over HTTP/2.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its bytes, without the framing of HTTP.
    pub bytes: Vec<u8>,
    /// How many reads of the socket it took to have it; none if it came along with the one before.
    pub reads: usize,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As HTTP says that a body ends. Over HTTP/1.0 that is the end of the connection, so there a
    /// body that was cut looks the same.
    Complete,
    /// With the connection, in the middle.
    Cut,
}

impl Response {
    pub(super) fn new(name: &'static str, head: Head, source: Source) -> Self {
        Self { name, head, source, body: Vec::new() }
    }

    /// Reads the next part.
    ///
    /// # Errors
    /// The [`Ending`] if there is none.
    pub async fn next(&mut self) -> Result<Part, Ending> {
        let part = match &mut self.source {
            Source::Http1(body) => body.next().await,
            Source::Http2(body) => body.next().await,
        }?;
        self.body.extend_from_slice(&part.bytes);
        Ok(part)
    }

    /// Reads until the body so far ends with a text, and returns all of the body.
    ///
    /// # Panics
    /// If the body ends before that.
    pub async fn read_to(&mut self, text: &str) -> &str {
        let name = self.name;
        let found = async {
            while !self.body.ends_with(text.as_bytes()) {
                if let Err(ending) = self.next().await {
                    let body = self.text();
                    panic!("{name}: expected {text:?}, seen the end ({ending:?}) of {body:?}");
                }
            }
        };
        // All of it: keep-alives may come for ever.
        within(name, text, found).await;
        self.text()
    }

    /// Reads to the end, which has to be complete, and returns all of the body.
    ///
    /// # Panics
    /// If the body is cut.
    pub async fn read_all(&mut self) -> &str {
        let (name, ending) = (self.name, self.ending().await);
        let body = self.text();
        let tail = body.char_indices().rev().nth(200).map_or(body, |(at, _)| &body[at..]);
        assert_eq!(ending, Ending::Complete, "{name}: expected a complete end after {tail:?}");
        body
    }

    /// Reads to the end; returns how it ended.
    pub async fn ending(&mut self) -> Ending {
        let name = self.name;
        let ending = async {
            loop {
                if let Err(ending) = self.next().await {
                    return ending;
                }
            }
        };
        within(name, "the end of a body", ending).await
    }

    /// All of the body that was read.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("{}: {error} in {:?}", self.name, self.body),
        }
    }

    /// All of the body that was read.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Forgets what was read, for a body without end.
    pub fn forget(&mut self) {
        self.body.clear();
    }

    /// The connection, for the next request.
    ///
    /// # Panics
    /// Over HTTP/2, whose requests do not wait for each other.
    pub fn into_connection(self) -> Connection {
        match self.source {
            Source::Http1(body) => body.into_connection(),
            Source::Http2(_) => panic!("{}: no need to wait over HTTP/2", self.name),
        }
    }
}
