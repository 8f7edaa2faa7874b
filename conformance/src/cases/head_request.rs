//! The request method HEAD.

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{Connection, Ending, Head, Protocol, Request},
};

/// A HEAD request gets the head of a GET request and does not poll the stream, although it is always
/// ready. Over HTTP/1.1 the connection is then free for the next request.
pub async fn never_polls_the_stream(framework: &'static Framework) {
    let name = framework.name;
    for route in framework.head_routes {
        for protocol in Protocol::ALL {
            let at = format!("{name}, {protocol:?}, {route}");
            let lab = Lab::new();
            let server = Server::start(framework, lab.clone()).await;
            let request = Request::head(format!("{route}/always"));
            let mut response = server.ask(protocol, &request).await;
            if protocol == Protocol::Http2 && framework.head_polls_over_http_2 {
                let end = response.next().await.map(|part| part.bytes);
                assert_ne!(end, Err(Ending::Complete), "{at}: expected content");
                assert_ne!(lab.polls(), 0, "{at}: expected polls");
                continue;
            }
            let end = response.next().await.map(|part| part.bytes);
            assert_eq!(end, Err(Ending::Complete), "{at}: content");

            let get = server.ask(protocol, &Request::get("/resumed")).await;
            assert_eq!(unframed(&response.head), unframed(&get.head), "{at}: head");
            assert_eq!(response.head.get("content-length"), None, "{at}: content-length");
            if protocol == Protocol::Http11 {
                let next = Request::get("/resumed");
                let mut next = Connection::after(response).ask(&next, "1.1").await;
                let expected = format!("{OPENING}data: none\n\n");
                assert_eq!(next.read_all().await, expected, "{at}: the next response");
            }
            assert_eq!(lab.polls(), 0, "{at}: polls");
        }
    }
}

/// The head without `date`, which changes, and without the framing of the content, which a response to
/// HEAD may omit (RFC 9110 9.3.2).
fn unframed(head: &Head) -> Head {
    let mut head = head.clone();
    head.headers.retain(|(name, _)| name != "date" && name != "transfer-encoding");
    head
}
