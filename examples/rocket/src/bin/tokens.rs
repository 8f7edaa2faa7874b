//! Tokens of a language model, as the answer to a POST, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Copy `examples/pages/tokens.html` too, or put in a page of your own.

use std::{io, time::Duration};

use async_stream::stream;
use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    serde::json::{self, Json},
    tokio::{sync::watch::Sender, time::sleep},
};
use serde::{Deserialize, Serialize};
use sse_rocket::{Config, Drain, Ending, Event, KeepAlive, Sse, TypedError};
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};

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

/// Rocket manages one state of a type, so this program's count has a type of its own.
struct Running(Sender<usize>);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("tokens", move |rocket| async move {
        rocket.manage(Running(Sender::new(0))).mount(base, routes![page, answer, running])
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/tokens.html"))
}

/// The answer as it is made. When the client has left, Rocket drops the stream, which ends the work.
#[post("/answers", data = "<question>")]
fn answer(
    count: &State<Running>,
    question: Result<Json<Question>, json::Error<'_>>,
) -> Result<Sse<impl Stream<Item = Result<Event, TypedError>>>, Custom<String>> {
    let question = question.map_err(unreadable)?.into_inner();
    if !(1..=16 * 1024).contains(&question.prompt.len()) {
        return Err(Custom(Status::BadRequest, "a prompt has 1 byte to 16 KiB".to_owned()));
    }
    // Rocket notices that only when it writes, the second time at that: with a comment after each
    // second of silence, also while the model thinks.
    let config = Config::default().keep_alive(KeepAlive::every(Duration::from_secs(1)));
    // A draining server lets answers run until shortly before its deadline, and answers new requests
    // with 503. A clean early end would look like a complete answer, and no client repeats a POST.
    let config = config.ending(Ending::WhenFinished);
    let generation = Generation::begin(&count.0);
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
    .config(config))
}

/// In plain words, where Rocket itself would answer with a page.
fn unreadable(error: json::Error<'_>) -> Custom<String> {
    let status = match &error {
        json::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Status::PayloadTooLarge
        }
        _ => Status::BadRequest,
    };
    Custom(status, error.to_string())
}

/// How many answers are being made, now and at each change.
#[get("/running")]
fn running(count: &State<Running>) -> Sse<impl Stream<Item = Event> + use<>> {
    let counts = WatchStream::new(count.0.subscribe());
    Sse::new(counts.map(|n| Event::data(n.to_string())))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).drain(Drain::default().deadline(Duration::from_secs(25))).await
}
