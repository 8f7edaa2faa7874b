//! A request without content.

use std::borrow::Cow;

/// A request without content.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(Cow<'static, str>, Vec<u8>)>,
}

impl Request {
    /// A GET request.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A HEAD request.
    pub fn head(target: impl Into<String>) -> Self {
        Self::new("HEAD", target)
    }

    /// A POST request.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new("POST", target).header("content-length", "0")
    }

    fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new() }
    }

    /// Adds a header; its value is sent unchanged.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// The bytes that are sent over HTTP/1.
    pub(super) fn bytes(&self, version: &str) -> Vec<u8> {
        let Self { method, target, .. } = self;
        let mut out = format!("{method} {target} HTTP/{version}\r\n").into_bytes();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            out.extend_from_slice(b"host: localhost\r\n");
        }
        for (name, value) in &self.headers {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out
    }
}
