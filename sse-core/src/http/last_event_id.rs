//! Reads the last event ID from an [`http::Request`].

use http::{HeaderMap, Request, Uri, request::Parts};

use crate::LastEventId;

impl LastEventId {
    /// Reads the ID from the header, or else from the query.
    ///
    /// # Example
    /// ```
    /// # use sse_core::LastEventId;
    /// let request = http::Request::get("/events").header("Last-Event-ID", "41").body(())?;
    /// let last = LastEventId::from_http(request.headers(), request.uri());
    /// assert_eq!(last.as_str(), Some("41"));
    /// # Ok::<_, http::Error>(())
    /// ```
    pub fn from_http(headers: &HeaderMap, uri: &Uri) -> Self {
        let header = headers.get(Self::HEADER).map(|value| value.as_bytes());
        Self::from_request(header, uri.query())
    }
}

impl From<&Parts> for LastEventId {
    fn from(parts: &Parts) -> Self {
        Self::from_http(&parts.headers, &parts.uri)
    }
}

impl<B> From<&Request<B>> for LastEventId {
    fn from(request: &Request<B>) -> Self {
        Self::from_http(request.headers(), request.uri())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_header_or_the_query() -> http::Result<()> {
        for (header, uri, expected) in [
            (None, "/", None),
            (None, "/?lastEventId=8", cfg!(feature = "query").then_some("8")),
            (Some("7"), "/?lastEventId=8", Some("7")),
            (Some("7"), "/", Some("7")),
        ] {
            let mut request = Request::get(uri);
            if let Some(header) = header {
                request = request.header("Last-Event-ID", header);
            }
            let request = request.body(())?;
            assert_eq!(LastEventId::from(&request).as_str(), expected, "{header:?} {uri}");
            let (parts, ()) = request.into_parts();
            assert_eq!(LastEventId::from(&parts).as_str(), expected, "{header:?} {uri}");
        }
        Ok(())
    }
}
