//! How a stream ends when the server ends it.

use std::time::Duration;

use sse_core::{Drain, Ending};

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{self, Http2, Protocol, Request, within},
    scenario::ANSWER,
};

/// A client that keeps up gets the whole last event and a reconnection time, whether its stream is
/// completed or cut.
pub async fn a_drain_ends_each_stream_as_its_ending_says(framework: &'static Framework) {
    use client::Ending::{Complete, Cut};
    for (ending, expected) in [(Ending::AfterEvent, Complete), (Ending::Cut, Cut)] {
        for protocol in CUT_IS_SEEN {
            for scenario in ["idle", "busy"] {
                let at = format!("{}, {protocol:?}, {scenario}, {ending:?}", framework.name);
                // The server goes on until the drain is over, so the end is the stream's own. Where a
                // framework cannot cut, the connection closes at the drain's deadline.
                let own = framework.cuts || expected == Complete;
                let (server, lab) = start(framework, ending, if own { LONG } else { SHORT }).await;
                let request = Request::get(format!("/streams/{scenario}"));
                let mut response = server.ask(protocol, &request).await;
                response.read_to(if scenario == "idle" { OPENING } else { "event 0\n\n" }).await;
                let open = own.then(|| lab.hold_drain());
                let stopping = server.stop();
                assert_eq!(response.ending().await, expected, "{at}");
                let text = response.text();
                let last = text.strip_suffix('\n').and_then(|text| text.lines().next_back());
                assert!(last.is_some_and(|last| last.starts_with("retry: ")), "{at}: {text}");
                drop((open, response));
                stopping.stopped().await;
            }
        }
    }
}

/// A drain waits for an answer, and refuses new requests meanwhile.
pub async fn a_drain_lets_an_answer_finish(framework: &'static Framework) {
    for protocol in CUT_IS_SEEN {
        let at = format!("{}, {protocol:?}", framework.name);
        let (server, lab) = start(framework, Ending::WhenFinished, LONG).await;
        let (address, request) = (server.address, Request::get("/streams/answer"));
        let mut response = server.ask(protocol, &request).await;
        lab.step();
        response.read_to("data: event 0\n\n").await;

        let stopping = server.stop();
        within(framework.name, "the drain to begin", lab.shutdown().draining()).await;
        let refused = protocol.ask(framework.name, address, &request).await;
        assert_eq!(refused.head.status, 503, "{at}: a request in the drain");
        (1..ANSWER).for_each(|_| lab.step());
        let events = (0..ANSWER).map(|number| format!("id: {number}\ndata: event {number}\n\n"));
        let expected = format!("{OPENING}{}", events.collect::<String>());
        assert_eq!(response.read_all().await, expected, "{at}");
        // actix waits for connections of HTTP/2 to close.
        drop((response, refused));
        stopping.stopped().await;
    }
}

/// An answer that takes longer than the drain allows does not look complete.
pub async fn an_answer_that_does_not_finish_is_cut(framework: &'static Framework) {
    for protocol in CUT_IS_SEEN {
        let at = format!("{}, {protocol:?}", framework.name);
        let (server, lab) = start(framework, Ending::WhenFinished, SHORT).await;
        let mut response = server.ask(protocol, &Request::get("/streams/answer")).await;
        lab.step();
        response.read_to("data: event 0\n\n").await;
        let stopping = server.stop();
        within(framework.name, "the drain to begin", lab.shutdown().draining()).await;
        assert_eq!(response.ending().await, client::Ending::Cut, "{at}: {}", response.text());
        // This joins the drain that has begun, and returns its report.
        let report = lab.shutdown().begin(Drain::default()).await;
        assert_eq!((report.ended, report.unfinished, report.abandoned), (1, 1, 0), "{at}");
        stopping.stopped().await;
    }
}

/// Over HTTP/2 only the stream itself is reset; where a framework cannot cut, it is completed.
pub async fn a_cut_over_http_2_resets_one_stream(framework: &'static Framework) {
    let (server, _) = start(framework, Ending::Cut, SHORT).await;
    let connection = Http2::open(framework.name, server.address).await;
    let mut cut = connection.ask(&Request::get("/streams/error")).await;
    let expected = if framework.cuts { client::Ending::Cut } else { client::Ending::Complete };
    assert_eq!(cut.ending().await, expected, "{}", framework.name);
    let text = cut.text();
    assert!(text.contains("event: stream-error\n"), "{}: {text}", framework.name);
    let mut next = connection.ask(&Request::get("/streams/ready")).await;
    next.read_all().await;
}

/// With threads, another task can write a stream while its body is polled: the last chunk still arrives.
pub async fn a_cut_loses_no_last_event_on_many_threads(framework: &'static Framework) {
    let drain = Drain::default().spread(Duration::ZERO).deadline(SHORT);
    let lab = Lab::with(|config| config.ending(Ending::Cut), drain).on_threads(4);
    let server = Server::start(framework, lab).await;
    let connection = Http2::open(framework.name, server.address).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut response = connection.ask(&Request::get("/streams/idle")).await;
        response.read_to(OPENING).await;
        streams.push(response);
    }
    let stopping = server.stop();
    for (number, mut response) in streams.into_iter().enumerate() {
        assert_eq!(response.ending().await, client::Ending::Cut, "{}", framework.name);
        let lines = response.text().lines().count();
        assert_eq!(lines, 2, "{}, stream {number}: {:?}", framework.name, response.text());
    }
    stopping.stopped().await;
}

async fn start(framework: &'static Framework, ending: Ending, deadline: Duration) -> (Server, Lab) {
    let drain = Drain::default().spread(Duration::ZERO).deadline(deadline);
    let lab = Lab::with(|config| config.ending(ending), drain);
    (Server::start(framework, lab.clone()).await, lab)
}

/// Over HTTP/1.0 a cut looks like a complete end.
const CUT_IS_SEEN: [Protocol; 2] = [Protocol::Http11, Protocol::Http2];

/// Streams on one connection.
const STREAMS: usize = 90;

/// The deadline of a drain that the test waits for.
const SHORT: Duration = Duration::from_millis(1500);

/// The deadline of a drain that is over before.
const LONG: Duration = Duration::from_secs(10);
