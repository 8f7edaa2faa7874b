//! A server that drains.

use std::{ops::RangeInclusive, time::Duration};

use futures_util::future::join_all;
use sse_core::{Drain, EndReason, KeepAlive};
use tokio::{task::JoinHandle, time::sleep};

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{Connection, Ending, Protocol, Request, Response, within},
};

/// 20 idle and 20 busy streams each end with a complete last event and a reconnection time, and the server's future
/// is done, within a second.
pub async fn ends_idle_and_busy_streams_within_a_second(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let bodies = open_streams(framework.name, |request| {
        let server = &server;
        async move { server.ask(Protocol::Http11, &request).await }
    })
    .await;
    let took = server.stop().stopped().await;
    check_ends(framework.name, bodies).await;
    println!("{}: stopped after {took:?}", framework.name);
    let name = framework.name;
    assert!(took <= SECOND, "{name}: expected to stop within {SECOND:?}, seen after {took:?}");
}

/// So do streams over HTTP/1.0 and HTTP/2.
pub async fn ends_streams_over_each_protocol(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let mut bodies = Vec::new();
    for protocol in Protocol::ALL {
        let mut response = server.ask(protocol, &Request::get("/streams/busy")).await;
        response.read_to("data: event 0\n\n").await;
        bodies.push(read_all(response));
    }
    let stopping = server.stop();
    check_ends(framework.name, bodies).await;
    stopping.stopped().await;
}

/// A request during a drain gets an event stream with a reconnection time, which then ends; a route that opted for
/// it answers 503.
pub async fn a_request_meanwhile_gets_a_reconnection_time(framework: &'static Framework) {
    let name = framework.name;
    let drain = Drain::default().spread(Duration::ZERO).deadline(Duration::from_secs(10));
    let lab = Lab::with(|config| config, drain);
    let server = Server::start(framework, lab.clone()).await;
    let (address, get, post) =
        (server.address, Request::get("/streams/idle"), Request::post("/refused"));

    let before = server.ask(Protocol::Http11, &post).await;
    assert_eq!(before.head.status, 200, "{name}: POST before the drain");
    drop(before);

    let open = lab.hold_drain();
    let stopping = server.stop();
    within(name, "the drain to begin", lab.shutdown().draining()).await;
    for protocol in Protocol::ALL {
        let mut response = protocol.ask(name, address, &get).await;
        assert_eq!(response.head.status, 200, "{name}, {protocol:?}: GET in the drain");
        let body = response.read_all().await.to_owned();
        check_last_event(name, &body);
        assert_eq!(body.matches('\n').count(), 1, "{name}, {protocol:?}: {body:?}");

        let mut refused = protocol.ask(name, address, &post).await;
        assert_eq!(refused.head.status, 503, "{name}, {protocol:?}: POST in the drain");
        let after = refused.head.get("retry-after");
        assert_eq!(after.as_deref(), Some("1"), "{name}, {protocol:?}: retry-after");
        assert_eq!(refused.read_all().await, "", "{name}, {protocol:?}: content of 503");
    }
    drop(open);
    stopping.stopped().await;
}

/// A client that does not read delays the stop until the deadline, not longer, and is counted. Others end as usual.
pub async fn a_client_that_does_not_read_is_abandoned_at_the_deadline(
    framework: &'static Framework,
) {
    let name = framework.name;
    let deadline = SECOND;
    let drain = Drain::default().spread(Duration::ZERO).deadline(deadline);
    // hyper asks for more only when woken, as by a keep-alive; until then its buffer may have room
    // for the last chunk, which would never be read.
    let keep_alive = KeepAlive::every(STUCK / 10);
    let lab = Lab::with(|config| config.keep_alive(keep_alive), drain.clone());
    let server = Server::start(framework, lab.clone()).await;
    let mut ends = lab.ends();
    let mut deaf = Connection::open(name, server.address).await;
    deaf.send(&Request::get("/streams/always"), "1.1").await;
    until_stuck(&lab).await;
    let mut busy = server.get("/streams/busy").await;
    busy.read_to("data: event 0\n\n").await;
    let bodies = vec![read_all(busy)];

    let stopping = server.stop();
    within(name, "the drain to begin", lab.shutdown().draining()).await;
    // This joins the drain that is in progress, and returns its report.
    let report = within(name, "the drain to be over", lab.shutdown().begin(drain)).await;
    check_ends(name, bodies).await;
    assert_eq!((report.ended, report.abandoned), (1, 1), "{name}: (ended, abandoned)");
    let took = stopping.stopped().await;
    println!("{name}: stopped after {took:?}");
    let mut reasons = Vec::new();
    while reasons.len() < 2 {
        let end = within(name, "the end of each stream", ends.recv()).await.expect("an end");
        reasons.push(end.reason);
    }
    assert_eq!(reasons, [EndReason::Shutdown, EndReason::Abandoned], "{name}");
    let late = deadline + SECOND;
    assert!(took >= deadline, "{name}: expected to wait until {deadline:?}, stopped at {took:?}");
    assert!(took <= late, "{name}: expected to stop by {late:?}, stopped at {took:?}");
}

/// The drain of one server leaves the streams of another in the same process alone.
pub async fn servers_in_one_process_are_independent(framework: &'static Framework) {
    let name = framework.name;
    let [lab, other_lab] = [Lab::new(), Lab::new()];
    let server = Server::start(framework, lab.clone()).await;
    let other = Server::start(framework, other_lab.clone()).await;
    let mut ends = server.get("/streams/busy").await;
    ends.read_to("data: event 0\n\n").await;
    let mut goes_on = other.get("/streams/busy").await;
    goes_on.read_to("data: event 0\n\n").await;
    let open = [&lab, &other_lab].map(|lab| lab.shutdown().open_streams());
    assert_eq!(open, [1, 1], "{name}: open streams of each server");

    let stopping = server.stop();
    check_ends(name, vec![read_all(ends)]).await;
    stopping.stopped().await;
    goes_on.read_to("data: event 3\n\n").await;
    let mut later = other.get("/streams/busy").await;
    later.read_to("data: event 3\n\n").await;
    assert_eq!(other_lab.shutdown().open_streams(), 2, "{name}: streams of the other server");
    other.stop().stopped().await;
}

/// A stream that always has more leaves room for other connections and for the shutdown.
pub async fn an_always_ready_stream_starves_nobody(framework: &'static Framework) {
    let name = framework.name;
    let server = Server::start(framework, Lab::new()).await;
    let mut greedy = server.get("/streams/always").await;
    greedy.next().await.expect("a first chunk");
    let greedy = tokio::spawn(async move {
        let mut tail = String::new();
        loop {
            match greedy.next().await {
                Ok(part) => {
                    tail += &String::from_utf8_lossy(&part.bytes);
                    tail = tail.split_off(tail.len().saturating_sub(100));
                }
                Err(ending) => return (tail, ending),
            }
            greedy.forget();
        }
    });
    let mut other = server.get("/streams/ready").await;
    other.read_all().await;
    let took = server.stop().stopped().await;
    // The deadline is 1.5 s, and on a busy machine the timers of a busy thread are late. A starved server would
    // not stop at all.
    let late = 20 * SECOND;
    assert!(took <= late, "{name}: expected to stop within {late:?}, seen after {took:?}");
    let (tail, ending) = within(name, "the end of a stream", greedy).await.expect("a reader");
    assert_eq!(ending, Ending::Complete, "{name}: end of the stream after {tail:?}");
    check_last_event(name, &tail);
}

/// Opens idle and busy streams and reads each in a task.
pub(super) async fn open_streams<F: Future<Output = Response>>(
    name: &'static str,
    ask: impl Fn(Request) -> F,
) -> Vec<Body> {
    let opened = (0..EACH).flat_map(|_| ["idle", "busy"]).map(async |scenario| {
        let mut response = ask(Request::get(format!("/streams/{scenario}"))).await;
        assert_eq!(response.head.status, 200, "{name}: status of {scenario}");
        let first = if scenario == "idle" { OPENING } else { "data: event 0\n\n" };
        response.read_to(first).await;
        response
    });
    join_all(opened).await.into_iter().map(read_all).collect()
}

/// Reads a response in a task.
pub(super) type Body = JoinHandle<String>;

fn read_all(mut response: Response) -> Body {
    tokio::spawn(async move { response.read_all().await.to_owned() })
}

/// Each body has every event from the first on, and ends with a reconnection time.
pub(super) async fn check_ends(name: &str, bodies: Vec<Body>) {
    for body in bodies {
        let body = within(name, "the end of a stream", body).await;
        // The output above shows what went wrong.
        let body = body.unwrap_or_else(|_| panic!("{name}: a stream had no complete end"));
        check_last_event(name, &body);
        let events = body.matches("data: ").count();
        let expected: String =
            (0..events).map(|number| format!("id: {number}\ndata: event {number}\n\n")).collect();
        let expected = format!("{OPENING}{expected}retry: ");
        assert!(body.starts_with(&expected), "{name}: expected {expected:?}, seen {body:?}");
    }
}

/// The body ends with the reconnection time of a default drain.
fn check_last_event(name: &str, body: &str) {
    let last = body.strip_suffix('\n').and_then(|body| body.rsplit('\n').next());
    let time = last.and_then(|line| line.strip_prefix("retry: "));
    let time = time.and_then(|time| time.parse::<u64>().ok());
    assert!(
        time.is_some_and(|time| RECONNECT.contains(&time)),
        "{name}: expected `retry:` of {RECONNECT:?} at the end, seen {body:?}"
    );
}

/// Waits until all buffers on the way are full: the stream was polled, and then for a while no more.
pub(super) async fn until_stuck(lab: &Lab) {
    let mut polls = lab.polls();
    let mut quiet = Duration::ZERO;
    while polls == 0 || quiet < STUCK {
        sleep(STUCK / 10).await;
        quiet = if polls == lab.polls() { quiet + STUCK / 10 } else { Duration::ZERO };
        polls = lab.polls();
    }
}

/// Some keep-alives, and longer than the system pauses between two tries to send to a client whose
/// buffer is full.
const STUCK: Duration = Duration::from_millis(600);

const SECOND: Duration = Duration::from_secs(1);

/// How many streams of each kind.
const EACH: usize = 20;

/// [`Drain::default`]'s, in ms.
const RECONNECT: RangeInclusive<u64> = 1000..=4000;
