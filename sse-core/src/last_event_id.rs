//! The last event ID of a request, from which a client resumes.

use std::str::FromStr;

use crate::EventId;

/// The ID of the last event that a reconnecting client received.
///
/// A browser sends it in the `Last-Event-ID` header (WHATWG HTML 9.2.4). A client that cannot set headers,
/// such as a polyfill or a page that reloads, sends it in the query as `lastEventId`, `last_event_id` or
/// `evs_last_event_id`. The query is read only with the feature `query`, which is on by default.
///
/// Reading it never fails. A header that is empty or is not an [`EventId`] counts as absent, and the query
/// is then read by the same rules. A client with an invalid ID is therefore served as a new one instead of
/// being rejected at every reconnect.
///
/// # Example
/// ```
/// # use sse_core::LastEventId;
/// let last = LastEventId::from_request(Some(b"41"), None);
/// let next: u64 = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
/// assert_eq!(next, 42);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LastEventId(Option<EventId>);

impl LastEventId {
    /// The name of the request header.
    pub const HEADER: &'static str = "last-event-id";

    /// The names of the query parameters. The first parameter in the query with a valid value counts.
    pub const QUERY: [&'static str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

    /// The length of the longest ID that is accepted, in bytes.
    pub const MAX_LEN: usize = EventId::MAX_LEN;

    /// Reads the ID from the header's value, or else from the query: the part of the URL after the `?`, still
    /// percent-encoded.
    ///
    /// # Example
    /// ```
    /// # use sse_core::LastEventId;
    /// let header = Some(&b"41"[..]);
    /// assert_eq!(LastEventId::from_request(header, Some("lastEventId=40")).as_str(), Some("41"));
    ///
    /// let invalid = Some(&b"caf\xe9"[..]);
    /// assert_eq!(LastEventId::from_request(invalid, None).as_str(), None);
    /// ```
    pub fn from_request(header: Option<&[u8]>, query: Option<&str>) -> Self {
        // HTML 9.2.4: "The Last-Event-ID HTTP request header reports an object's last event ID string to the server"
        let header = header.and_then(|value| valid(std::str::from_utf8(value).ok()?));
        Self(header.or_else(|| from_query(query?)))
    }

    /// Returns the ID as text, if the client sent one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns the ID, if the client sent one.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{EventId, LastEventId};
    /// let last = LastEventId::from_request(Some(b"41"), None);
    /// assert_eq!(last.into_id(), Some(EventId::from(41)));
    /// ```
    pub fn into_id(self) -> Option<EventId> {
        self.0
    }

    /// Parses the ID as a number or any other type that implements `FromStr`.
    ///
    /// Returns `None` if the client sent no ID, or one that does not parse: this server did not write such
    /// an ID, so it cannot resume from it.
    ///
    /// # Example
    /// ```
    /// # use sse_core::LastEventId;
    /// let last = LastEventId::from_request(Some(b"41"), None);
    /// assert_eq!(last.parse::<u64>(), Some(41));
    /// assert_eq!(last.parse::<bool>(), None);
    /// ```
    pub fn parse<T: FromStr>(&self) -> Option<T> {
        self.as_str()?.parse().ok()
    }
}

/// Without the feature `query`, only the header is read.
#[cfg(not(feature = "query"))]
fn from_query(_: &str) -> Option<EventId> {
    None
}

#[cfg(feature = "query")]
fn from_query(query: &str) -> Option<EventId> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| LastEventId::QUERY.contains(&name.as_ref()))
        .find_map(|(_, value)| valid(&value))
}

fn valid(id: &str) -> Option<EventId> {
    if id.is_empty() { None } else { EventId::new(id).ok() }
}

impl From<EventId> for LastEventId {
    fn from(id: EventId) -> Self {
        Self(Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Option<&[u8]>, query: Option<&str>, expected: Option<&str>) {
        let last = LastEventId::from_request(header, query);
        assert_eq!(last.as_str(), expected, "header {header:?}, query {query:?}");
        let id = last.into_id();
        assert_eq!(id.as_deref(), expected, "header {header:?}, query {query:?}");
    }

    #[test]
    fn the_header_takes_precedence_over_the_query() {
        check(None, None, None);
        check(Some(b"7"), None, Some("7"));
        check(Some(b"7"), Some("lastEventId=8"), Some("7"));
        check(None, Some("lastEventId=8"), Some("8"));
        check(Some(b"a:b c"), None, Some("a:b c"));
    }

    #[test]
    fn each_query_name_is_read_and_form_decoded() {
        check(None, Some("last_event_id=a%3Ab"), Some("a:b"));
        check(None, Some("x=1&evs_last_event_id=a+b&y=2"), Some("a b"));
        check(None, Some("lasteventid=7"), None);
        check(None, Some("lastEventId=&last_event_id=7"), Some("7"));
        check(None, Some("lastEventId=7&lastEventId=8"), Some("7"));
        check(None, Some("lastEventId"), None);
        check(None, Some(""), None);
        check(None, Some("&&=&%"), None);
    }

    #[test]
    fn an_empty_invalid_or_too_long_id_counts_as_absent() {
        let longest = "x".repeat(LastEventId::MAX_LEN);
        let too_long = "x".repeat(LastEventId::MAX_LEN + 1);
        check(Some(longest.as_bytes()), None, Some(&longest));
        let accent = "\u{e9}".as_bytes();
        for header in
            [&b""[..], b"\xff", accent, b"a\0b", b"a\nb", b"a\x0cb", b" 7 ", too_long.as_bytes()]
        {
            check(Some(header), None, None);
            check(Some(header), Some("lastEventId=8"), Some("8"));
        }
        for query in [
            "lastEventId=",
            "lastEventId=%00",
            "lastEventId=a%0Ab",
            "lastEventId=%FF",
            "lastEventId=+7",
        ] {
            check(None, Some(query), None);
        }
        check(None, Some(&format!("lastEventId={too_long}")), None);
    }

    #[test]
    fn an_id_that_does_not_parse_counts_as_absent() {
        let last = |id: &'static str| LastEventId::from(EventId::from(id));
        assert_eq!(last("7").parse::<u8>(), Some(7));
        assert_eq!(last("700").parse::<u8>(), None);
        assert_eq!(LastEventId::default().parse::<u8>(), None);
    }
}
