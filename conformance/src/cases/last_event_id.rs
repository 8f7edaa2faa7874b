//! The last event ID of a client's request.

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
};

/// The header, each query name and invalid values are read alike on all frameworks, and are never an error.
pub async fn is_read_alike(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let long = "7".repeat(2048);
    let cases: &[(Option<&[u8]>, &str, &str)] = &[
        (None, "", "none"),
        (Some(b"41"), "", "id 41"),
        (Some(b"a:b c"), "", "id a:b c"),
        (None, "?lastEventId=1", "id 1"),
        (None, "?last_event_id=2", "id 2"),
        (None, "?x=y&evs_last_event_id=3&z", "id 3"),
        (None, "?lastEventId=a%20b+c", "id a b c"),
        (None, "?lasteventid=4", "none"),
        (Some(b"41"), "?lastEventId=1", "id 41"),
        // Empty.
        (Some(b""), "", "none"),
        (Some(b""), "?lastEventId=1", "id 1"),
        (None, "?lastEventId=", "none"),
        (None, "?", "none"),
        // Invalid.
        (Some("ключ".as_bytes()), "", "none"),
        (Some("ключ".as_bytes()), "?lastEventId=1", "id 1"),
        (None, "?lastEventId=a%0Cb", "none"),
        (Some(b"\xe9"), "", "none"),
        (Some(b"\xe9"), "?lastEventId=1", "id 1"),
        (None, "?lastEventId=a%0Ab", "none"),
        (None, "?lastEventId=%00&last_event_id=2", "id 2"),
        (None, "?lastEventId=%E9", "none"),
        // 2 KiB.
        (Some(long.as_bytes()), "", "none"),
        (Some(long.as_bytes()), "?lastEventId=1", "id 1"),
        (None, &format!("?lastEventId={long}"), "none"),
    ];
    for protocol in [Protocol::Http11, Protocol::Http2] {
        for (header, query, expected) in cases {
            let mut request = Request::get(format!("/resumed{query}"));
            if let Some(header) = header {
                request = request.header("last-event-id", header);
            }
            let mut response = server.ask(protocol, &request).await;
            let head = response.head.clone();
            let seen = response.read_all().await;
            assert_eq!(
                seen,
                format!("{OPENING}data: {expected}\n\n"),
                "{}, {protocol:?}: header {:?}, query {query:?}, answer {head:?}",
                framework.name,
                header.map(String::from_utf8_lossy),
            );
        }
    }
}
