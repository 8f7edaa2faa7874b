//! How a stream ends when the server ends it.

/// How a stream ends when the server ends it: by a drain, at its maximum age, or after an error.
///
/// A stream whose source has no more items always ends as a complete response.
///
/// | readers | choose |
/// |---|---|
/// | EventSource, and clients that treat any end as a lost connection | [`AfterEvent`](Self::AfterEvent) |
/// | clients that take a complete response for a complete answer, such as a language model's | [`WhenFinished`](Self::WhenFinished) |
/// | readers built on `fetch` that reconnect only after an error, such as Datastar | [`Cut`](Self::Cut) |
///
/// A cut fails the body after a whole event. Over HTTP/1.1 the connection closes before the response is
/// complete (RFC 9112 8); over HTTP/2 only this stream is reset (RFC 9113 8.1); over HTTP/1.0 a cut looks
/// like a complete end. A reader that keeps up gets all events before it. A slower one may lose the last
/// ones, which a resume by `Last-Event-ID` covers. What frameworks log, and what Rocket does instead, is
/// in the documentation of their adapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// After a whole event, as a complete response.
    #[default]
    AfterEvent,
    /// When its source has no more items. A drain waits until shortly before its
    /// [deadline](crate::Drain::deadline), then cuts the stream; by default that is one second, so set a
    /// longer one. A stream that reaches its maximum age or fails is also cut. While the server drains,
    /// new requests get 503 with `Retry-After`.
    ///
    /// For sources that end: one that does not holds up every drain.
    WhenFinished,
    /// After a whole event, by cutting the response. A source that ends, as a subscription does when its
    /// hub drains, still ends as a complete response.
    Cut,
}
