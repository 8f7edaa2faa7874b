//! How a stream ends when the server ends it.

/// How a stream ends when the server ends it: by a drain, at its maximum age, or after an error.
///
/// A stream whose source has no more items always ends as a complete response.
///
/// | readers | choose |
/// |---|---|
/// | EventSource, and clients that treat any end as a lost connection | [`AfterEvent`](Self::AfterEvent) |
/// | clients of a model's answer, for which a complete response is a complete answer | [`WhenFinished`](Self::WhenFinished) |
/// | readers built on `fetch` that reconnect only after an error, such as Datastar | [`Cut`](Self::Cut) |
///
/// To cut a stream is to fail its body after a whole event: HTTP/1.1 closes the connection within the
/// response (RFC 9112 8), HTTP/2 resets this stream only (RFC 9113 8.1). A reader that keeps up gets
/// all events before it; a slower one may lose the last ones, which a resume by `Last-Event-ID`
/// covers. actix-web logs `Response payload stream error: Cut { .. }` at error level for each. Rocket 0.5 turns a failed body into a
/// complete one: there, a stream that a drain should cut stays open, silent, until the server closes
/// its connections at the drain's deadline, and any other cut is a complete end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// After a whole event, as a complete response.
    #[default]
    AfterEvent,
    /// When its source has no more items. A drain waits for that and leaves the stream until shortly
    /// before its deadline; a stream that has not finished by then is cut, and so is one that reaches
    /// its maximum age or fails. While the server drains, new requests get 503 with `Retry-After`.
    WhenFinished,
    /// After a whole event, by cutting the response.
    Cut,
}
