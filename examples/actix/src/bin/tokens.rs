//! Tokens of a language model, as the answer to a POST, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! tokio = { version = "1", features = ["sync"] }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Copy `examples/pages/tokens.html` too, or put in a page of your own.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, Result,
    error::ErrorBadRequest,
    get,
    http::header::SERVER,
    post,
    rt::time::sleep,
    web::{Data, Html, Json, ServiceConfig},
};
use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_actix::{Config, Drain, Ending, Event, Sse};
use tokio::sync::watch::Sender;
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

/// Call it once, not on each of actix's threads: they share the count.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let count = Data::new(Sender::new(0_usize));
    move |config| {
        config.app_data(count.clone()).service(page).service(answer).service(running);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/tokens.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// The answer as it is made. When the client leaves, actix drops the stream, which ends the work: at
/// once with `h1_allow_half_closed(false)`, else not before the second token after that.
#[post("/answers")]
async fn answer(
    count: Data<Sender<usize>>,
    Json(question): Json<Question>,
) -> Result<impl Responder> {
    if !(1..=16 * 1024).contains(&question.prompt.len()) {
        return Err(ErrorBadRequest("a prompt has 1 byte to 16 KiB"));
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
#[get("/running")]
async fn running(count: Data<Sender<usize>>) -> impl Responder {
    Sse::new(WatchStream::new(count.subscribe()).map(|n| Event::data(n.to_string())))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server)
        .drain(Drain::default().deadline(Duration::from_secs(25)))
        .await
}
