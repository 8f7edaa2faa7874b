//! The bytes of a body.

use futures_util::future::join;
use sse_core::OnError;

use crate::{
    ALL, Framework, Lab, Server,
    client::{Http2, Protocol, Request},
    scenario::MARKED,
};

/// The same stream gives the same bytes on all frameworks, over each protocol.
pub async fn are_identical_on_all_frameworks() {
    for scenario in ["ready", "hostile", "error", "one"] {
        let mut bodies = Vec::new();
        for framework in ALL {
            let server = Server::start(framework, Lab::new()).await;
            for protocol in Protocol::ALL {
                let request = Request::get(format!("/streams/{scenario}"));
                let mut response = server.ask(protocol, &request).await;
                response.read_all().await;
                bodies.push((framework.name, protocol, response.bytes().to_vec()));
            }
        }
        let (first, _, expected) = &bodies[0];
        assert!(expected.len() > 50, "{first}: {scenario} is short: {expected:?}");
        for (name, protocol, body) in &bodies {
            assert!(
                body == expected,
                "{scenario} on {name}, {protocol:?}: expected as on {first}: {:?}, seen {:?}",
                String::from_utf8_lossy(expected),
                String::from_utf8_lossy(body),
            );
        }
    }
}

/// No field can break out of its line.
pub async fn hostile_fields_arrive_as_data(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let mut response = server.get("/streams/hostile").await;
    assert_eq!(response.read_all().await, HOSTILE, "{}", framework.name);
}

/// By default a page can tell an error from a lost connection; the error's text stays here.
pub async fn an_error_ends_the_stream_with_an_event(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    for protocol in Protocol::ALL {
        let mut response = server.ask(protocol, &Request::get("/streams/error")).await;
        assert_eq!(
            response.read_all().await,
            "retry: 3000\n\
             id: 0\ndata: event 0\n\n\
             event: stream-error\ndata: {\"error\":{\"message\":\"the stream failed\"}}\n\n",
            "{}, {protocol:?}",
            framework.name
        );
    }
}

/// If so configured, there is only the end.
pub async fn an_error_may_end_the_stream_without_an_event(framework: &'static Framework) {
    let lab = Lab::with_config(|config| config.on_error(OnError::End));
    let server = Server::start(framework, lab).await;
    let mut response = server.get("/streams/error").await;
    let expected = "retry: 3000\nid: 0\ndata: event 0\n\n";
    assert_eq!(response.read_all().await, expected, "{}", framework.name);
}

/// Two streams at once, on two connections and on one of HTTP/2, are each as if alone.
pub async fn two_responses_do_not_mix(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let connection = Http2::open(framework.name, server.address).await;
    let [one, two] = ["/streams/one", "/streams/two"].map(Request::get);
    let pairs = [
        join(server.ask(Protocol::Http11, &one), server.ask(Protocol::Http11, &two)).await,
        join(connection.ask(&one), connection.ask(&two)).await,
    ];
    for (mut one, mut two) in pairs {
        let (one, two) = join(one.read_all(), two.read_all()).await;
        for (name, seen) in [("one", one), ("two", two)] {
            let events = (0..MARKED).map(|number| format!("data: {name} {number}\n\n"));
            let expected = format!("retry: 3000\n{}", events.collect::<String>());
            assert!(seen == expected, "{}: {name} has other bytes: {seen}", framework.name);
        }
    }
}

const HOSTILE: &str = concat!(
    "retry: 3000\n",
    "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n",
    "data: \ndata: \ndata: \ndata: \n\n",
    "data: \n\n",
    "data: x\ndata: \ndata: event: injected\ndata: id: 666\ndata: data: injected\n\n",
    "data:   two spaces and a colon: \n\n",
    "data: :not a comment\n\n",
    "data: \u{feff}bom, nul \0, next line \u{85}, separator \u{2028}\n\n",
    "event: naïve:name\nid: a b\ndata: smile 😀\n\n",
    "event: :\nid: :\ndata: colons\n\n",
    ": comment\n: \n: data: injected\n: id: 666\n",
    "id: 7\n\n",
    "retry: 1234\n",
    // Neither a name nor an ID may have a line break.
    "data: checked\n\n",
    "data: checked\n\n",
    // A name may have control characters, non-ASCII characters and outer spaces; an ID may not.
    "event: a\0b\ndata: checked\n\n",
    "event: a\u{c}b\ndata: checked\n\n",
    "event: ключ\ndata: checked\n\n",
    "event:  a \ndata: checked\n\n",
    // An ID may be empty, a name may not.
    "id: \ndata: checked\n\n",
    "event: plain\nid: plain\ndata: checked\n\n",
);
