//! The frameworks under test, and their known differences.

use std::{fmt, net::SocketAddr};

use crate::{Lab, Stop, servers};

/// A framework under test, and its known differences from the others.
///
/// Each difference is asserted, so a case also fails when a difference goes away.
pub struct Framework {
    /// Its name in the messages of failed tests, and on the command line of `conformance-server`.
    pub name: &'static str,
    /// Runs a server on a port of the system's choice until it has stopped.
    pub serve: fn(Lab, Started, Stop) -> Result<(), String>,
    /// The headers of its responses besides ours: each a name and, if it is constant, a value.
    pub own_headers: &'static [(&'static str, Option<&'static str>)],
    /// The headers that it adds to a 204 over HTTP/2.
    pub stop_headers_over_http_2: &'static [(&'static str, Option<&'static str>)],
    /// How soon it drops a stream whose client has left.
    pub notices_leaving: NoticesLeaving,
    /// The same, over HTTP/2, when the client resets its stream.
    pub notices_reset: NoticesLeaving,
    /// The routes on which a HEAD request is tried.
    pub head_routes: &'static [&'static str],
    /// Whether a HEAD request over HTTP/2 polls the stream.
    pub head_polls_over_http_2: bool,
    /// What its gzip middleware does to an event stream.
    pub gzip: Gzip,
    /// Whether an error in a body cuts the response.
    pub cuts: bool,
    /// Whether it serves a listening socket that its process inherited.
    pub inherits_sockets: bool,
}

/// Is called with the address once the server accepts.
pub type Started = Box<dyn FnOnce(SocketAddr) + Send>;

/// How soon a framework drops a stream whose client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticesLeaving {
    /// Without anything to write.
    AtOnce,
    /// At the latest after this number of keep-alives.
    AfterKeepAlives(u64),
}

/// What a framework's gzip middleware does to an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gzip {
    /// It lets event streams pass as they are.
    Passes,
    /// It compresses them, but sends each event at once.
    Compresses,
    /// The framework has no gzip middleware.
    Absent,
}

/// axum 0.8.
pub static AXUM: Framework = Framework {
    name: "axum",
    serve: servers::axum::serve,
    own_headers: &[("date", None)],
    // It counts an empty body (RFC 9110 8.6 forbids that); hyper drops it over HTTP/1 only.
    stop_headers_over_http_2: &[("content-length", Some("0"))],
    notices_leaving: NoticesLeaving::AtOnce,
    notices_reset: NoticesLeaving::AtOnce,
    head_routes: &["/streams"],
    head_polls_over_http_2: false,
    // Its default predicate leaves `text/event-stream` alone.
    gzip: Gzip::Passes,
    cuts: true,
    inherits_sockets: true,
};

/// actix-web 4, set up as our docs show.
pub static ACTIX: Framework = Framework {
    name: "actix",
    serve: servers::actix::serve,
    own_headers: &[("content-encoding", Some("identity")), ("date", None)],
    stop_headers_over_http_2: &[],
    notices_leaving: NoticesLeaving::AtOnce,
    // The task that writes a response over HTTP/2 awaits only its body.
    notices_reset: NoticesLeaving::AfterKeepAlives(1),
    // The second takes any method.
    head_routes: &["/streams", "/any/streams"],
    head_polls_over_http_2: false,
    // For the `Content-Encoding: identity` of ours; without it, it would compress.
    gzip: Gzip::Passes,
    cuts: true,
    inherits_sockets: true,
};

/// actix-web 4 with its own default for half-closed connections.
pub static ACTIX_DEFAULT: Framework = Framework {
    name: "actix-default",
    serve: servers::actix::serve_half_closed,
    // The first write after the client left still succeeds; it makes the client's system reset the
    // connection, so that the second fails.
    notices_leaving: NoticesLeaving::AfterKeepAlives(2),
    ..ACTIX
};

/// warp 0.4.
pub static WARP: Framework = Framework {
    name: "warp",
    serve: servers::warp::serve,
    own_headers: &[("date", None)],
    stop_headers_over_http_2: &[],
    notices_leaving: NoticesLeaving::AtOnce,
    notices_reset: NoticesLeaving::AtOnce,
    head_routes: &["/streams"],
    // A warp reply cannot see its request, and hyper does not look at the method there.
    head_polls_over_http_2: true,
    // It compresses everything, and has no setting against that.
    gzip: Gzip::Compresses,
    cuts: true,
    inherits_sockets: true,
};

/// Rocket 0.5.
pub static ROCKET: Framework = Framework {
    name: "rocket",
    serve: servers::rocket::serve,
    own_headers: &[
        ("date", None),
        ("permissions-policy", Some("interest-cohort=()")),
        ("server", Some("Rocket")),
        ("x-content-type-options", Some("nosniff")),
        ("x-frame-options", Some("SAMEORIGIN")),
    ],
    stop_headers_over_http_2: &[],
    // The task that reads a body awaits only the body.
    notices_leaving: NoticesLeaving::AfterKeepAlives(1),
    notices_reset: NoticesLeaving::AfterKeepAlives(1),
    head_routes: &["/streams"],
    head_polls_over_http_2: false,
    gzip: Gzip::Absent,
    // Its task drops the sending half of the body, which ends the body as if it were complete.
    cuts: false,
    // It binds its own listener.
    inherits_sockets: false,
};

/// hyper 1 without a framework, by the core's `Serve::new` and `http::Sse`.
pub static HYPER: Framework = Framework {
    name: "hyper",
    serve: servers::hyper::serve,
    own_headers: &[("date", None)],
    stop_headers_over_http_2: &[],
    notices_leaving: NoticesLeaving::AtOnce,
    notices_reset: NoticesLeaving::AtOnce,
    head_routes: &["/streams"],
    // By `Sse::head_only`; hyper itself does not look at the method there.
    head_polls_over_http_2: false,
    gzip: Gzip::Absent,
    cuts: true,
    inherits_sockets: true,
};

/// The frameworks with an adapter, as our docs show to set them up.
pub static ADAPTERS: [&Framework; 4] = [&AXUM, &ACTIX, &WARP, &ROCKET];

/// All that pass the suite: those with an adapter, and plain hyper.
pub static ALL: [&Framework; 5] = [&AXUM, &ACTIX, &WARP, &ROCKET, &HYPER];

impl fmt::Debug for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framework").field("name", &self.name).finish_non_exhaustive()
    }
}
