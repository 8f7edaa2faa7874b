//! The status and headers of a response, for all frameworks.

/// The status and headers of an adapter's response.
///
/// Adapters write only these headers, and a header that the application sets takes precedence.
/// `Connection`, `Transfer-Encoding` and `Content-Length` are never among them, because they belong to the
/// server (RFC 9112 6, RFC 9113 8.2.2).
///
/// # Example
/// ```
/// use sse_core::adapter::Head;
///
/// assert!(Head::STREAM.headers.contains(&("content-type", "text/event-stream")));
/// assert_eq!(Head::UNAVAILABLE.status, 503);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The headers: names in lower case, and values.
    pub headers: &'static [(&'static str, &'static str)],
}

impl Head {
    /// The head of an event stream.
    ///
    /// - `Content-Type: text/event-stream`: with any other type, an EventSource closes permanently (WHATWG
    ///   HTML 9.2.2). There is no charset, because an event stream is always UTF-8 (WHATWG HTML 9.2.5).
    /// - `Cache-Control: no-cache, no-transform`: no cache answers a reconnect with a stored response (RFC
    ///   9111 5.2.2.4), and no CDN compresses the stream, which would buffer it (RFC 9111 5.2.2.6).
    /// - `X-Accel-Buffering: no`: nginx passes each event on at once.
    pub const STREAM: Self = Self {
        status: 200,
        headers: &[
            // HTML 9.2.2: "if res's status is not 200, or if res's Content-Type is not text/event-stream, then
            // fail the connection"
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache, no-transform"),
            ("x-accel-buffering", "no"),
        ],
    };

    /// The head of the response to a request that arrives while the server drains: 503 with `Retry-After`
    /// (RFC 9110 15.6.4).
    ///
    /// It is only for requests that do not come from an EventSource, which would close permanently (WHATWG
    /// HTML 9.2.2).
    pub const UNAVAILABLE: Self =
        Self { status: 503, headers: &[("cache-control", "no-store"), ("retry-after", "1")] };
}
