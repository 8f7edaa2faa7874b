//! The ways in which a server can end a stream.

/// Sets how a stream ends when the server ends it: in a drain, at its maximum age, at its expiry, or
/// after an error.
///
/// A stream whose source has no more items always ends as a complete response.
///
/// | readers | choose |
/// |---|---|
/// | EventSource, and clients that treat any end as a lost connection | [`AfterEvent`](Self::AfterEvent) |
/// | clients that treat a complete response as a complete answer, such as a language model's | [`WhenFinished`](Self::WhenFinished) |
/// | readers built on `fetch` that reconnect only after an error, such as Datastar | [`Cut`](Self::Cut) |
///
/// A cut fails the body after a whole event. Over HTTP/1.1 the connection closes before the response is
/// complete (RFC 9112 8); over HTTP/2 only this stream is reset (RFC 9113 8.1); over HTTP/1.0 a cut looks
/// like a complete end. A reader that keeps up receives all events before the cut. A slower one may lose
/// the last events; if it resumes with `Last-Event-ID`, it receives them again. The documentation of each
/// adapter describes what its framework logs, and what Rocket does instead of a cut.
///
/// # Example
/// ```
/// # use sse_core::{Config, Ending};
/// // For a language model's answer, which has to be complete.
/// let config = Config::default().ending(Ending::WhenFinished);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The stream ends after a whole event, as a complete response.
    #[default]
    AfterEvent,
    /// The stream ends when its source has no more items. A drain waits until shortly before its
    /// [deadline](crate::Drain::deadline), then cuts the stream. By default it waits for 1.1 s, so set a
    /// longer deadline. A stream that reaches its maximum age, expires or fails is also cut. While the server
    /// drains, new requests receive 503 with `Retry-After`.
    ///
    /// Use this only for sources that end: one that never ends holds up every drain.
    WhenFinished,
    /// The response is cut after a whole event. If the source ends, as a subscription does when its hub
    /// drains, the response is still complete.
    Cut,
}
