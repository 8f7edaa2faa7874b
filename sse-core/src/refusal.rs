//! A response without a stream.

use std::{borrow::Cow, time::Duration};

/// A response without a stream: a status, a message, and optionally the time after which to try again.
///
/// Each adapter has a type of the same name, which its framework accepts as an error. It is made from
/// anything that converts into this type, so a handler needs only `?`:
///
/// ```
/// use std::time::Duration;
/// use sse_core::{NoContent, Refusal};
///
/// fn job(name: &str) -> Result<&str, Refusal> {
///     match name {
///         "finished" => Err(NoContent)?,
///         "busy" => Err(Refusal::new(429, "at most three streams").retry_after(Duration::from_secs(5)))?,
///         "" => Err((404, "no such job"))?,
///         name => Ok(name),
///     }
/// }
/// assert_eq!(job("").expect_err("refused").status(), 404);
/// ```
///
/// An EventSource closes permanently after any status but 200 (WHATWG HTML 9.2.2). So refuse a request
/// from one only if a later request would be refused as well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    status: u16,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
}

/// The response 204 No Content, after which a browser stops reconnecting (WHATWG HTML 9.2.1).
///
/// Use it for a stream that is over. A handler returns it as an error, in place of a stream: see
/// [`Refusal`].
///
/// # Example
/// ```
/// use sse_core::{NoContent, Refusal};
///
/// assert_eq!(Refusal::from(NoContent).status(), 204);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoContent;

impl Refusal {
    /// Makes a refusal with a status from 400 to 599, and a message in plain text. Any other status counts as
    /// 500.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Refusal;
    /// let refusal = Refusal::new(404, "no such job");
    /// assert_eq!((refusal.status(), refusal.message()), (404, "no such job"));
    /// ```
    pub fn new(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..=599).contains(&status) { status } else { 500 };
        Self { status, message: message.into(), retry_after: None }
    }

    /// Sets the time after which the client may try again (`Retry-After`, RFC 9110 10.2.3), in whole
    /// seconds, rounded up.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Refusal;
    /// let refusal = Refusal::new(503, "busy").retry_after(Duration::from_millis(1_500));
    /// assert!(refusal.headers().any(|header| header == ("retry-after", "2".into())));
    /// ```
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// Returns the status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the message, which is the body of the response.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the headers: names, in lower case, and values.
    ///
    /// A 204 has neither content nor a content type (RFC 9110 15.3.5).
    ///
    /// # Example
    /// ```
    /// # use sse_core::{NoContent, Refusal};
    /// let headers: Vec<_> = Refusal::from(NoContent).headers().collect();
    /// assert_eq!(headers, [("cache-control", "no-store".into())]);
    /// ```
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> + use<> {
        let store = Some(("cache-control", Cow::Borrowed("no-store")));
        let content = self.status != 204;
        let content = content.then_some(("content-type", "text/plain; charset=utf-8".into()));
        let seconds = |time: Duration| time.as_secs() + u64::from(time.subsec_nanos() > 0);
        let retry = self.retry_after.map(|time| ("retry-after", seconds(time).to_string().into()));
        [store, content, retry].into_iter().flatten()
    }
}

impl From<NoContent> for Refusal {
    fn from(NoContent: NoContent) -> Self {
        // HTML 9.2.1: "a client can be told to stop reconnecting using the HTTP 204 No Content response code"
        Self { status: 204, message: Cow::Borrowed(""), retry_after: None }
    }
}

impl From<(u16, &'static str)> for Refusal {
    fn from((status, message): (u16, &'static str)) -> Self {
        Self::new(status, message)
    }
}

impl From<(u16, String)> for Refusal {
    fn from((status, message): (u16, String)) -> Self {
        Self::new(status, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_a_status_a_message_and_headers() {
        let plain = "text/plain; charset=utf-8";
        let busy = Refusal::new(503, "busy").retry_after(Duration::from_millis(1_001));
        for (refusal, status, message, headers) in [
            (NoContent.into(), 204, "", vec![]),
            ((404, "no such job").into(), 404, "no such job", vec![("content-type", plain)]),
            ((404, "job".to_owned()).into(), 404, "job", vec![("content-type", plain)]),
            (busy, 503, "busy", vec![("content-type", plain), ("retry-after", "2")]),
            (Refusal::new(200, "no"), 500, "no", vec![("content-type", plain)]),
            (Refusal::new(600, "no"), 500, "no", vec![("content-type", plain)]),
        ] {
            assert_eq!((refusal.status(), refusal.message()), (status, message));
            let expected = [("cache-control", "no-store")].into_iter().chain(headers);
            let headers: Vec<_> = refusal.headers().collect();
            assert_eq!(
                headers,
                expected.map(|(name, value)| (name, value.into())).collect::<Vec<_>>()
            );
        }
    }
}
