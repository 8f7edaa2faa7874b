//! One suite that every adapter passes, over real sockets.
//!
//! Servers under test listen on a port that the system assigns. Each is set up as its framework's docs and
//! ours show, and serves the same [scenarios](scenario). Our own [client] reads what they really send, byte by
//! byte, without our encoder and decoder. Each [case](cases) is a plain function that takes a [`Framework`];
//! [`suite!`] makes tests of all of them. Each known difference is a field of [`Framework`], with its reason, and
//! is asserted as well.
//!
//! Plain hyper passes the suite too, through the core's `Serve::new` and `http::Sse`: [`ALL`] includes it. The
//! programs below and the test `load` run on the frameworks that have an adapter, [`ADAPTERS`]: their limits
//! and counts are measured for those, and axum and warp are hyper's as well.
//!
//! The events that clients of a hub receive are compared with a [ledger] of those published. The cases that load the
//! whole machine are in the test `load`, which runs them one after another and prints their counts.
//!
//! ```text
//! cargo test -p conformance                           # all cases on all frameworks
//! cargo test -p conformance rocket::                  # one framework
//! cargo test -p conformance -- --nocapture second     # shows how long stopping took
//! cargo test -p conformance --test load -- --ignored  # the load: about two minutes
//! CONFORMANCE_SEED=7 cargo test -p conformance --test load rocket::two_thousand -- --ignored
//! cargo run -p conformance --bin conformance-server axum       # or hyper, ..
//! cargo run -p conformance --bin clients -- --short        # third-party clients; see [`clients`]
//! cargo run -p conformance --bin third-party -- --short    # third-party servers; see [`third_party`]
//! cargo run -p conformance --bin proxies -- --short        # behind five proxies
//! cargo run --release -p conformance --bin attack -- --short  # one client against the others
//! cargo run -p conformance --bin runs -- --short           # answers that outlive their nodes
//! cargo run -p conformance --bin gateway                   # third-party clients of models; see [`gateway`]
//! cargo run -p conformance --bin sse-check -- http://127.0.0.1:8080/events  # any server; see [`check`]
//! ```
//!
//! # Cases
//! Over HTTP/1.0, HTTP/1.1 and HTTP/2 in clear where the protocol matters: all serve all three
//! (actix by `listen_auto_h2c`, axum and Rocket by their feature `http2`, hyper by `conn::auto`, warp always).
//!
//! | case | what differs, and why |
//! |---|---|
//! | [`head`](cases::head): status and headers, and no others; 204; the application's own headers win | actix adds `content-encoding: identity`, for its compression; Rocket adds `server` and what its shield sets; all add `date`. axum's 204 has `content-length: 0` over HTTP/2, as it counts any empty body |
//! | [`opening`](cases::opening): headers and `retry:` leave before the first event | |
//! | [`bytes`](cases::bytes): identical on all frameworks over all protocols; hostile fields; an error, with and without its event; two responses do not mix | |
//! | [`batching`](cases::batching): 64 ready events, at first and later | none: one chunk and one write on all, at first together with the head |
//! | [`keep_alive`](cases::keep_alive): after each silence, not before, not while events flow | |
//! | [`last_event_id`](cases::last_event_id): header, each query name, empty, invalid, not ASCII, 2 KiB | none: Rocket drops a header that is not UTF-8, which counts as absent anyway |
//! | [`head_request`](cases::head_request): HEAD polls nothing; on actix also below `web::route()` | warp polls over HTTP/2: a reply cannot see its request, and hyper does not look. On plain hyper, `Sse::head_only` empties the body |
//! | [`leaving`](cases::leaving): connection closed, half closed, HTTP/2 stream reset | at once on axum, warp and hyper; on actix with `h1_allow_half_closed(false)`, but within one keep-alive over HTTP/2, and within two by default; within one on Rocket. Both await only the body when they write it |
//! | [`ending`](cases::ending): complete, when finished, or cut, over each protocol that shows the difference; a cut over HTTP/2 resets one stream | Rocket turns a failed body into a complete response. There, a stream that a drain should cut stays open until its connection closes; any other cut is a complete end |
//! | [`ends`](cases::ends): each reason reaches `on_end`, a panic among them; the maximum age; the expiry and its notice | |
//! | [`slow`](cases::slow): a source that is always ready but slow delays neither the head nor its events | |
//! | [`unread`](cases::unread): an HTTP/2 stream without a window is held until its connection ends, and abandoned by a drain | none |
//! | [`gzip`](cases::gzip): each event passes the framework's gzip middleware before the next is made | axum leaves event streams alone, actix those with an encoding; warp compresses all but flushes; Rocket and hyper have none |
//! | [`drain`](cases::drain): 20 idle and 20 busy streams end completely, and the server within 1 s; so over each protocol; a request meanwhile; a client that does not read, which is reported as abandoned; a stream that is always ready | none |
//! | [`signals`](cases::signals): the same by SIGINT and SIGTERM to a process | |
//! | [`restart`](cases::restart): a process that inherits its listening socket, and the next one, refuse no connection | Rocket binds its own listener |
//! | [`refusal`](cases::refusal): status, headers and message of an answer instead of a stream; a hub's errors | as for [`head`](cases::head) |
//! | [`admission`](cases::admission): 429 over a limit, or an empty stream, or the oldest stream ends; a client that leaves frees its place | as for [`leaving`](cases::leaving) |
//! | [`channel`](cases::channel): a sender waits for a client that does not read, and notices one that left | as for [`leaving`](cases::leaving) |
//! | [`hub_requests`](cases::hub_requests): a subscription that is not possible is 400 or 503; a drained hub ends its streams | none |
//! | [`hub_resume`](cases::hub_resume): one ID resumes many topics; a cut before the first event; load: a stream of 50 events cut at every byte, over HTTP/1.1 and HTTP/2 | none |
//! | [`hub_gaps`](cases::hub_gaps): a gap event comes first, for each reason, and once; with many topics, at its place | none |
//! | [`hub_slow`](cases::hub_slow), load: a reader that falls behind the oldest event; 20 slow readers with pauses and cuts: each gets gaps for exactly what it misses | Rocket opens its listener without our tuning: some MiB more are in the buffers of a reader that pauses |
//! | [`hub_many`](cases::hub_many), load: 2,000 connections for 20 s, cut at random: nothing missing or doubled, no gap event | |

pub mod attack;
pub mod cases;
pub mod check;
pub mod client;
pub mod clients;
pub mod faults;
mod framework;
pub mod gateway;
mod hub_publisher;
mod inherit;
mod lab;
pub mod load;
pub mod packages;
pub mod proxies;
pub mod runs;
pub mod scenario;
mod server;
pub mod servers;
pub mod third_party;

pub use crate::{
    framework::{
        ACTIX, ACTIX_DEFAULT, ADAPTERS, ALL, AXUM, Framework, Gzip, HYPER, NoticesLeaving, ROCKET,
        Started, WARP,
    },
    hub_publisher::HubPublisher,
    lab::Lab,
    server::{Server, Stop, Stopping},
};
