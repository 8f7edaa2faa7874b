//! Checks that any request can be read, and that the ID in it can be written again.

use sse_core::LastEventId;

use crate::model;

/// Checks a request whose header is the text before the first `?`, and whose query is the text after it.
///
/// # Panics
/// If reading panics, or yields an ID that the rules do not allow, or that is not in the request.
pub fn last_event_id(request: &[u8]) {
    let (header, query) = match request.iter().position(|&byte| byte == b'?') {
        Some(at) => (&request[..at], Some(String::from_utf8_lossy(&request[at + 1..]))),
        None => (request, None),
    };
    let query = query.as_deref();

    let from_query = read(None, query);
    let from_both = read(Some(header), query);
    match valid(header) {
        Some(id) => assert_eq!(from_both.as_deref(), Some(id), "the header takes precedence"),
        None => assert_eq!(from_both, from_query, "a header that is not an ID counts as absent"),
    }

    // A client may send the same ID in the query instead of the header.
    for name in LastEventId::QUERY {
        let encoded: String = header.iter().map(|byte| format!("%{byte:02x}")).collect();
        let query = format!("{name}=&x&{name}={encoded}&{name}=later");
        let expected = valid(header).unwrap_or("later");
        assert_eq!(read(None, Some(&query)).as_deref(), Some(expected), "{query}");
    }
}

fn read(header: Option<&[u8]>, query: Option<&str>) -> Option<String> {
    let last = LastEventId::from_request(header, query);
    let id = last.as_str().map(str::to_owned);
    if let Some(id) = &id {
        assert_eq!(valid(id.as_bytes()), Some(&id[..]), "header {header:?}, query {query:?}");
    }
    assert_eq!(last.into_id().as_deref(), id.as_deref());
    id
}

fn valid(id: &[u8]) -> Option<&str> {
    let id = std::str::from_utf8(id).ok()?;
    (!id.is_empty() && model::is_event_id(id)).then_some(id)
}
