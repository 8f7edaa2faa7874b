//! One suite that every adapter passes, over real sockets.
//!
//! Servers under test run on a port of the system's choice, each as its framework's docs and ours
//! show it, and serve the same [scenarios](scenario). A [client] of our own reads what they really
//! send, byte by byte, without our encoder and decoder. Each [case](cases) is a plain function that
//! takes a [`Framework`]; [`suite!`] makes tests of them all. What is known to differ is a field of
//! [`Framework`], with its reason, and is asserted like the rest.
//!
//! ```text
//! cargo test -p conformance                        # all cases on all frameworks
//! cargo test -p conformance rocket::               # one framework
//! cargo test -p conformance -- --nocapture second  # shows how long stopping took
//! cargo run -p conformance --bin conformance-server axum
//! ```
//!
//! # Cases
//! Over HTTP/1.0, HTTP/1.1 and HTTP/2 in clear where the protocol matters: all four serve all three
//! (actix by `listen_auto_h2c`, axum and Rocket by their feature `http2`, warp always).
//!
//! | case | what differs, and why |
//! |---|---|
//! | [`head`](cases::head): status and each header, none besides; 204; the application's own headers win | actix adds `content-encoding: identity`, for its compression; Rocket adds `server` and what its shield sets; all add `date`. axum's 204 has `content-length: 0` over HTTP/2, as it counts any empty body |
//! | [`opening`](cases::opening): headers and `retry:` leave before the first event | |
//! | [`bytes`](cases::bytes): identical on all frameworks over all protocols; hostile fields; an error, with and without its event; two responses do not mix | |
//! | [`batching`](cases::batching): 64 ready events, at first and later | none: one chunk and one write on all four, at first together with the head |
//! | [`keep_alive`](cases::keep_alive): after each silence, not before, not while events flow | |
//! | [`last_event_id`](cases::last_event_id): header, each query name, empty, invalid, 2 KiB | none: Rocket drops a header that is not UTF-8, which counts as absent anyway |
//! | [`head_request`](cases::head_request): HEAD polls nothing; on actix also below `web::route()` | warp polls over HTTP/2: a reply cannot see its request, and hyper does not look |
//! | [`leaving`](cases::leaving): connection closed, half closed, HTTP/2 stream reset | at once on axum and warp; on actix with `h1_allow_half_closed(false)`, but within one keep-alive over HTTP/2, and within two by default; within one on Rocket. Both await only the body when they write it |
//! | [`ends`](cases::ends): each reason reaches `on_end`; the maximum age | |
//! | [`gzip`](cases::gzip): each event passes the framework's gzip middleware before the next is made | axum leaves event streams alone, actix those with an encoding; warp compresses all but flushes; Rocket has none |
//! | [`drain`](cases::drain): 20 idle and 20 busy streams end completely, and the server within 1 s; so over each protocol; a request meanwhile; a client that does not read; a stream that is always ready | none |
//! | [`signals`](cases::signals): the same by SIGINT and SIGTERM to a process | |

pub mod cases;
pub mod client;
mod framework;
mod lab;
pub mod scenario;
mod server;
pub mod servers;

pub use crate::{
    framework::{
        ACTIX, ACTIX_DEFAULT, ALL, AXUM, Framework, Gzip, NoticesLeaving, ROCKET, Started, WARP,
    },
    lab::Lab,
    server::{Server, Stop, Stopping},
};
