//! How a stream ends that the server ends.

use std::time::Duration;

use sse_core::{Drain, Ending};

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{self, Http2, Protocol, Request, Response, within},
    scenario::ANSWER,
};

/// Complete or cut, a client that keeps up gets the last event, whole, and a time to reconnect.
pub async fn a_drain_ends_a_stream_as_it_asks_to_be_ended(framework: &'static Framework) {
    for (ending, expected) in
        [(Ending::AfterEvent, client::Ending::Complete), (Ending::Cut, client::Ending::Cut)]
    {
        for protocol in CUT_IS_SEEN {
            for scenario in ["idle", "busy"] {
                let at = format!("{}, {protocol:?}, {scenario}, {ending:?}", framework.name);
                let (server, _) = start(framework, ending).await;
                let request = Request::get(format!("/streams/{scenario}"));
                let mut response = server.ask(protocol, &request).await;
                response.read_to("\n").await;
                let stopping = server.stop();
                let seen = end(framework.name, &mut response).await;
                assert_eq!(seen, expected, "{at}");
                let last = response.text().lines().next_back().unwrap_or_default();
                assert!(last.starts_with("retry: "), "{at}: the last line is {last:?}");
                assert!(response.text().ends_with('\n'), "{at}");
                stopping.stopped().await;
            }
        }
    }
}

/// A drain waits for an answer, and refuses new requests meanwhile.
pub async fn a_drain_lets_an_answer_finish(framework: &'static Framework) {
    for protocol in CUT_IS_SEEN {
        let at = format!("{}, {protocol:?}", framework.name);
        let (server, lab) = start(framework, Ending::WhenFinished).await;
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
        stopping.stopped().await;
    }
}

/// One that takes longer than the drain's deadline does not look complete.
pub async fn an_answer_that_does_not_finish_is_cut(framework: &'static Framework) {
    for protocol in CUT_IS_SEEN {
        let at = format!("{}, {protocol:?}", framework.name);
        let (server, lab) = start(framework, Ending::WhenFinished).await;
        let mut response = server.ask(protocol, &Request::get("/streams/answer")).await;
        lab.step();
        response.read_to("data: event 0\n\n").await;
        let stopping = server.stop();
        let seen = end(framework.name, &mut response).await;
        assert_eq!(seen, client::Ending::Cut, "{at}: {}", response.text());
        let took = stopping.stopped().await;
        assert!(took <= DEADLINE + SLACK, "{at}: stopped after {took:?}");
    }
}

/// Over HTTP/2 only the stream itself is reset; where a framework cannot cut, it is completed.
pub async fn a_cut_over_http_2_resets_one_stream(framework: &'static Framework) {
    let (server, _) = start(framework, Ending::Cut).await;
    let connection = Http2::open(framework.name, server.address).await;
    let mut cut = connection.ask(&Request::get("/streams/error")).await;
    let expected = if framework.cuts { client::Ending::Cut } else { client::Ending::Complete };
    assert_eq!(end(framework.name, &mut cut).await, expected, "{}", framework.name);
    let text = cut.text();
    assert!(text.contains("event: stream-error\n"), "{}: {text}", framework.name);
    let mut next = connection.ask(&Request::get("/streams/ready")).await;
    next.read_all().await;
}

async fn start(framework: &'static Framework, ending: Ending) -> (Server, Lab) {
    let drain = Drain::default().spread(Duration::ZERO).deadline(DEADLINE);
    let lab = Lab::with(|config| config.ending(ending), drain);
    (Server::start(framework, lab.clone()).await, lab)
}

async fn end(name: &str, response: &mut Response) -> client::Ending {
    let end = async {
        loop {
            if let Err(ending) = response.next().await {
                return ending;
            }
        }
    };
    within(name, "the end of a stream", end).await
}

/// Over HTTP/1.0 a cut is what a complete end is.
const CUT_IS_SEEN: [Protocol; 2] = [Protocol::Http11, Protocol::Http2];

const DEADLINE: Duration = Duration::from_millis(1500);

/// What a busy machine may take.
const SLACK: Duration = Duration::from_secs(2);
