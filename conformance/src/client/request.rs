//! What a client asks for.

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, Vec<u8>)>,
}

impl Request {
    /// GET.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// HEAD.
    pub fn head(target: impl Into<String>) -> Self {
        Self::new("HEAD", target)
    }

    /// POST without content.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new("POST", target).header("content-length", "0")
    }

    fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new() }
    }

    /// Adds a header; its value goes out as it is.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    /// As it goes out over HTTP/1.
    pub(super) fn bytes(&self, version: &str) -> Vec<u8> {
        let Self { method, target, .. } = self;
        let mut out =
            format!("{method} {target} HTTP/{version}\r\nhost: localhost\r\n").into_bytes();
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
