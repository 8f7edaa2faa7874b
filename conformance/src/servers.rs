//! The servers under test, each in its framework's own idiom.
//!
//! | route | what |
//! |---|---|
//! | `GET /streams/{name}` | a [scenario](crate::scenario) |
//! | `GET /gzip/streams/{name}` | the same, behind the framework's gzip middleware |
//! | `GET /streams/counted` | numbers that continue while no server runs |
//! | `GET /jobs/{name}` | a stream, or a [refusal](crate::scenario::job) |
//! | `GET /channel` | the events that the test sends |
//! | `GET /resumed` | one event with the client's last event ID |
//! | `GET /custom` | an idle stream with headers that the application sets itself |
//! | `GET /stop` | the answer that ends reconnecting |
//! | `GET /hub?topics=a,b&start=earliest` | a subscription to the lab's hub |
//! | `POST /refused` | an idle stream, refused during a drain |
//! | `/client/{scenario}/{rest}` | an [answer](crate::clients::Answer) to a third-party client |
//! | `GET /presence?topic=a` | how many subscribers a topic of the hub has |
//! | `POST /publish?topic=a` | publishes the content to the hub |
//! | `GET /plain?bytes=9&pause=5`, `POST /plain` | a stream, and an answer, without the hub |
//! | `GET /ready` | an answer without the hub |
//! | `GET /counts` | the numbers of subscribers, open streams and topics |

pub mod actix;
pub mod axum;
pub mod hyper;
pub mod rocket;
pub mod warp;

use std::io;

use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::Lab;

/// The value that `GET /custom` sets for `cache-control`, in place of ours.
pub const CUSTOM: &str = "private, max-age=0";

/// What `GET /hub` is asked for: see [`scenario::subscribe`](crate::scenario::subscribe).
#[derive(Debug, Deserialize)]
struct Follow {
    topics: String,
    start: Option<String>,
}

/// The topic that `GET /presence` and `POST /publish` are asked for.
#[derive(Debug, Deserialize)]
struct Named {
    topic: String,
}

/// What `GET /plain` is asked for: see [`site::plain`](crate::attack::site::plain).
#[derive(Debug, Deserialize)]
struct Plain {
    bytes: Option<usize>,
    pause: Option<u64>,
}

/// Usually one thread for everything, so that a stream which starves others is caught.
fn runtime(lab: &Lab) -> io::Result<Runtime> {
    match lab.threads() {
        1 => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        threads => {
            tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
        }
    }
}
