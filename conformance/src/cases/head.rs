//! Status and headers.

use crate::{
    Framework, Lab, Server,
    client::{Connection, Head, Protocol, Request},
    servers,
};

/// The head has our headers, those that the framework is known to add, those of the protocol, and no others.
pub async fn is_exact_over_each_protocol(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    for protocol in Protocol::ALL {
        let response = server.ask(protocol, &Request::get("/streams/idle")).await;
        let mut expected = vec![
            ("content-type", Some("text/event-stream")),
            ("cache-control", Some("no-cache, no-transform")),
            ("x-accel-buffering", Some("no")),
        ];
        expected.extend(framework.own_headers);
        if protocol == Protocol::Http11 {
            expected.push(("transfer-encoding", Some("chunked")));
        }
        check(framework, protocol, &response.head, 200, expected);
    }
}

/// A header that the application sets through its framework replaces ours.
pub async fn own_headers_win(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let response = server.get("/custom").await;
    let seen = response.head.get("cache-control");
    assert_eq!(seen.as_deref(), Some(servers::CUSTOM), "{}: cache-control", framework.name);
}

/// A 204 response has no content and no headers about content, and the connection stays usable.
pub async fn stop_is_204_without_content(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    for protocol in Protocol::ALL {
        let mut response = server.ask(protocol, &Request::get("/stop")).await;
        let mut expected = vec![("cache-control", Some("no-store"))];
        let own = framework.own_headers.iter().filter(|(name, _)| *name != "content-encoding");
        expected.extend(own);
        if protocol == Protocol::Http2 {
            expected.extend(framework.stop_headers_over_http_2);
        }
        check(framework, protocol, &response.head, 204, expected);
        assert_eq!(response.read_all().await, "", "{}, {protocol:?}", framework.name);
        if protocol == Protocol::Http11 {
            let next = Request::get("/resumed");
            let mut next = Connection::after(response).ask(&next, "1.1").await;
            let name = framework.name;
            assert_eq!(next.read_all().await, "retry: 3000\ndata: none\n\n", "{name}: next");
        }
    }
}

#[track_caller]
pub(super) fn check(
    framework: &Framework,
    protocol: Protocol,
    head: &Head,
    status: u16,
    mut expected: Vec<(&str, Option<&str>)>,
) {
    let name = framework.name;
    assert_eq!(head.status, status, "{name}, {protocol:?}: status of {head:?}");
    expected.sort();
    let same = head.headers.len() == expected.len()
        && head.headers.iter().zip(&expected).all(|((name, value), expected)| {
            name == expected.0 && expected.1.is_none_or(|expected| value == expected)
        });
    assert!(same, "{name}, {protocol:?}: expected {expected:#?}, seen {:#?}", head.headers);
}
