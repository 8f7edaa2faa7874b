//! Status and headers of a response, in one place for all frameworks.

/// The status and headers of a response that this project sends.
///
/// Adapters write these and nothing else; a header that the application sets itself wins. Never
/// among them: `Connection`, `Transfer-Encoding` and `Content-Length`, which belong to the server
/// (RFC 9112 6, RFC 9113 8.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: &'static [(&'static str, &'static str)],
}

impl Head {
    /// An event stream.
    ///
    /// - `Content-Type: text/event-stream`: anything else makes a browser give up for good (WHATWG
    ///   HTML 9.2.2). No charset: it is UTF-8 always.
    /// - `Cache-Control: no-cache, no-transform`: no stored answer to a reconnect (RFC 9111
    ///   5.2.2.4); the second asks CDNs not to compress, and so to buffer (RFC 9111 5.2.2.6).
    /// - `X-Accel-Buffering: no`: nginx passes each event on at once.
    pub const STREAM: Self = Self {
        status: 200,
        headers: &[
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache, no-transform"),
            ("x-accel-buffering", "no"),
        ],
    };

    /// The response to a request that arrives while the server drains: 503 with `Retry-After` (RFC 9110
    /// 15.6.4).
    ///
    /// Only for requests that are not from an EventSource, which would give up for good.
    pub const UNAVAILABLE: Self =
        Self { status: 503, headers: &[("cache-control", "no-store"), ("retry-after", "1")] };
}
