//! A response whose body is read part by part.

use std::io;

use super::{Ending, Head, Http1, Part, frames::Frames, http1, within};

/// A response whose body is read part by part.
#[derive(Debug)]
pub struct Response {
    name: &'static str,
    /// Its status and headers.
    pub head: Head,
    source: Source,
    body: Vec<u8>,
}

#[derive(Debug)]
enum Source {
    Http1(http1::Body),
    Http2(Frames),
}

impl Response {
    pub(super) fn over_http1(name: &'static str, head: Head, body: http1::Body) -> Self {
        Self { name, head, source: Source::Http1(body), body: Vec::new() }
    }

    pub(super) fn over_http2(name: &'static str, head: Head, frames: Frames) -> Self {
        Self { name, head, source: Source::Http2(frames), body: Vec::new() }
    }

    /// Reads the next part.
    ///
    /// # Errors
    /// The [`Ending`] if there are no more.
    ///
    /// # Panics
    /// If the response is not valid HTTP/1, or if nothing arrives for a long time.
    pub async fn next(&mut self) -> Result<Part, Ending> {
        let part = match &mut self.source {
            Source::Http1(body) => {
                match within(self.name, "bytes from the server", body.next()).await {
                    Ok(part) => part.ok_or(Ending::Complete),
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        panic!("{}: {error}", self.name)
                    }
                    Err(_) => Err(Ending::Cut),
                }
            }
            Source::Http2(frames) => frames.next().await,
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
                    panic!("{name}: expected {text:?}, got the end ({ending:?}) of {body:?}");
                }
            }
        };
        // The limit is for all parts together: keep-alives may come indefinitely.
        within(name, text, found).await;
        self.text()
    }

    /// Reads to the end, which must be complete, and returns all of the body.
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

    /// Drops the bytes that were read, so that a body without an end does not fill the memory.
    pub fn forget(&mut self) {
        self.body.clear();
    }

    /// The connection, if it is one of HTTP/1.
    pub(super) fn into_http1(self) -> Option<Http1> {
        match self.source {
            Source::Http1(body) => Some(body.into_connection()),
            Source::Http2(_) => None,
        }
    }

    /// The name for messages.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}
