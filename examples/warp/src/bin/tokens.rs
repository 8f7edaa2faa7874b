//! Tokens of a language model, as the answer to a POST, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/tokens.html` too, or put in a page of your own.

use std::{io, time::Duration};

use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_warp::{Config, Drain, Ending, Event, Sse};
use tokio::{net::TcpListener, sync::watch::Sender, time::sleep};
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};
use warp::{
    Filter, Rejection, Reply,
    http::StatusCode,
    reply::{WithStatus, with_status},
};

#[derive(Deserialize)]
struct Question {
    prompt: String,
    #[serde(default)]
    model: Model,
}

/// The models to choose from, all make-believe.
#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Model {
    #[default]
    Steady,
    /// Steady for half of its answer.
    Faulty,
    Fast,
}

impl Model {
    /// Says the prompt again, four characters a token.
    fn answer(self, prompt: String) -> impl Stream<Item = Result<String, &'static str>> {
        stream! {
            let chars: Vec<_> = prompt.chars().collect();
            let tokens = chars.chunks(4);
            let half = tokens.len() / 2;
            for (n, token) in tokens.enumerate() {
                if self == Self::Faulty && n == half {
                    yield Err("the model lost its thread");
                    return;
                }
                if self != Self::Fast {
                    sleep(Duration::from_millis(30)).await;
                }
                yield Ok(String::from_iter(token));
            }
        }
    }
}

/// What the page is told: a variant's name is the event's type, its content the JSON. As JSON a token
/// arrives as it is; bare text would have its CR and CRLF turned into LF, as the standard demands.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer<'a> {
    Token(&'a str),
    Failed {
        reason: &'a str,
    },
    /// Without it the page would take a lost connection for the end of the answer.
    Done {
        tokens: usize,
    },
}

/// Counts as running until dropped, which the end of the stream does, whatever the reason.
struct Generation(Sender<usize>);

impl Generation {
    fn begin(count: &Sender<usize>) -> Self {
        count.send_modify(|n| *n += 1);
        Self(count.clone())
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let sender = Sender::new(0);
    let state = warp::any().map(move || sender.clone());
    let page = warp::path::end().map(page);
    let running = warp::path!("running").and(state.clone()).map(running);
    // warp itself takes bodies of any size; escaped as JSON, 16 KiB of text may be six times as much.
    let question = warp::body::content_length_limit(128 * 1024).and(warp::body::json());
    let answers = warp::path!("answers").and(state).and(question).map(answer);
    warp::get().and(page.or(running)).or(warp::post().and(answers))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/tokens.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// The answer as it is made. When the client leaves, warp drops the stream, which ends the work.
fn answer(
    count: Sender<usize>,
    question: Question,
) -> Result<impl Reply, WithStatus<&'static str>> {
    if !(1..=16 * 1024).contains(&question.prompt.len()) {
        return Err(with_status("a prompt has 1 byte to 16 KiB", StatusCode::BAD_REQUEST));
    }
    let generation = Generation::begin(&count);
    Ok(Sse::new(stream! {
        let _generation = generation; // dropped with the stream
        let mut tokens = 0;
        for await token in question.model.answer(question.prompt) {
            match token {
                Ok(token) => {
                    tokens += 1;
                    yield Event::typed(&Answer::Token(&token));
                }
                Err(reason) => {
                    yield Event::typed(&Answer::Failed { reason });
                    return;
                }
            }
        }
        yield Event::typed(&Answer::Done { tokens });
    })
    // A draining server lets answers run until shortly before its deadline, and answers new requests
    // with 503. A clean early end would look like a complete answer, and no client repeats a POST.
    .config(Config::default().ending(Ending::WhenFinished)))
}

/// How many answers are being made, now and at each change.
fn running(count: Sender<usize>) -> impl Reply {
    Sse::new(WatchStream::new(count.subscribe()).map(|n| Event::data(n.to_string())))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).drain(Drain::default().deadline(Duration::from_secs(25))).await
}
