//! A model's answer as a topic: many tabs read it, come back to it, and stop it, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! ```
//!
//! Copy `examples/pages/generation.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    io,
    iter::repeat_with,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_stream::stream;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use sse_axum::{Config, Event, EventId, LastEventId, NoContent, Refusal, Sse};
use sse_hub::{Hub, Retention, Start};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{interval, sleep},
};

#[derive(Deserialize)]
struct Question {
    prompt: String,
    #[serde(default)]
    faulty: bool,
}

/// What is published: a variant's name is the event's type, its content the JSON.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Said<'a> {
    Prompt(&'a str),
    Token(&'a str),
    /// The last event of an answer: "done", "failed" or "stopped".
    End(&'a str),
}

/// All answers that are being written or are kept, each a topic of the hub.
#[derive(Clone)]
struct Answers {
    hub: Hub,
    kept: Arc<Mutex<HashMap<String, Answer>>>,
}

#[derive(Default)]
struct Answer {
    /// Dropped to stop it.
    stop: Option<oneshot::Sender<()>>,
    events: usize,
    end: Option<EventId>,
}

impl Answers {
    /// `kept` has to be longer than an answer takes, which is 16 s.
    fn new(kept: Duration) -> Self {
        let hub = Hub::builder().retention(Retention::default().age(kept)).build();
        tokio::spawn(hub.background()); // evicts by age
        let answers = Self { hub, kept: Arc::default() };
        tokio::spawn(answers.clone().forget());
        answers
    }

    /// Forgets each answer of which the hub has evicted something: nobody gets a part.
    async fn forget(self) {
        let mut ticks = interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.lock().retain(|id, answer| {
                self.hub.topic_stats(id).map_or(0, |topic| topic.events) == answer.events
            });
        }
    }

    /// Begins an answer, unless four are being written.
    fn begin(&self, question: Question) -> Option<String> {
        let mut kept = self.lock();
        if count_running(&kept) >= 4 {
            return None;
        }
        // Long enough not to be guessed by chance; what is secret needs a login besides.
        let id: String = repeat_with(fastrand::alphanumeric).take(16).collect();
        let (stopper, stopped) = oneshot::channel();
        kept.insert(id.clone(), Answer { stop: Some(stopper), ..Answer::default() });
        tokio::spawn(self.clone().work(id.clone(), question, stopped));
        Some(id)
    }

    /// Goes on whether or not anybody reads it, and says how it ended: whoever reads waits for that.
    async fn work(self, id: String, question: Question, stopped: oneshot::Receiver<()>) {
        // A task of its own, as a panic ends only that.
        let mut writing = tokio::spawn(self.clone().write(id.clone(), question));
        let outcome = tokio::select! {
            outcome = &mut writing => outcome.unwrap_or("failed"),
            _ = stopped => "stopped",
        };
        writing.abort();
        self.publish(&id, &Said::End(outcome));
    }

    /// Stands in for a model: says the prompt again, four characters a token.
    async fn write(self, id: String, Question { prompt, faulty }: Question) -> &'static str {
        self.publish(&id, &Said::Prompt(&prompt));
        let chars: Vec<_> = prompt.chars().collect();
        let tokens = chars.chunks(4);
        let half = tokens.len() / 2;
        for (n, token) in tokens.enumerate() {
            if faulty && n == half {
                return "failed";
            }
            sleep(Duration::from_millis(30)).await;
            self.publish(&id, &Said::Token(&String::from_iter(token)));
        }
        "done"
    }

    fn publish(&self, id: &str, said: &Said) {
        // After the end nothing may follow, not even the token in the making when it was stopped.
        if let Some(answer) = self.lock().get_mut(id).filter(|answer| answer.end.is_none()) {
            let event = Event::typed(said).expect("an enum of texts");
            let event = self.hub.publish_now(id, event).expect("short; the hub never drains");
            answer.events += 1;
            answer.end = matches!(said, Said::End(_)).then_some(event);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.kept.lock().expect("nobody panics with the lock")
    }
}

fn count_running(kept: &HashMap<String, Answer>) -> usize {
    kept.values().filter(|answer| answer.end.is_none()).count()
}

pub(crate) fn app(kept: Duration) -> Router {
    let routes = Router::new().route("/", get(page)).route("/answers", post(begin));
    let routes = routes.route("/answers/{id}", get(read)).route("/answers/{id}/stop", post(stop));
    routes.route("/running", get(running)).with_state(Answers::new(kept))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/generation.html")))
}

async fn begin(
    State(answers): State<Answers>,
    Json(question): Json<Question>,
) -> Result<impl IntoResponse, Refusal> {
    if !(1..=2048).contains(&question.prompt.len()) {
        Err((400, "a prompt has 1 byte to 2 KiB"))?;
    }
    let busy = (503, "four answers are being written; ask again later");
    let id = answers.begin(question).ok_or(busy)?;
    Ok((StatusCode::CREATED, id))
}

const UNKNOWN: (u16, &str) = (404, "no such answer; it may have expired");

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    cut: bool,
}

/// An answer from its beginning, or from where a browser left off.
async fn read(
    State(answers): State<Answers>,
    Path(id): Path<String>,
    Query(settings): Query<Settings>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    let end = answers.lock().get(&id).ok_or(UNKNOWN)?.end.clone();
    if end.is_some() && end.as_deref() == last.as_str() {
        Err(NoContent)?; // else it would reconnect forever
    }
    let answer = answers.hub.subscribe(id).expect("a short id; no limit; the hub never drains");
    let answer = answer.resume(last).start(Start::Earliest);
    // A cut connection shows that the browser resumes; any comes back after half a second.
    let config = Config::default().retry(Duration::from_millis(500));
    let config = if settings.cut { config.max_age(Duration::from_secs(1)) } else { config };
    let events = stream! {
        for await frame in answer {
            // Whole events, of which only the last one can be the end; no data looks like this line.
            let end = frame.as_bytes().split(|byte| *byte == b'\n').any(|line| line == b"event: end");
            yield frame;
            if end {
                break;
            }
        }
    };
    Ok(Sse::new(events).config(config))
}

/// Stops the writing, for all who read; what is written is kept.
async fn stop(
    State(answers): State<Answers>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    answers.lock().get_mut(&id).ok_or(UNKNOWN)?.stop = None;
    Ok(StatusCode::NO_CONTENT)
}

/// How many answers are being written.
async fn running(State(answers): State<Answers>) -> String {
    count_running(&answers.lock()).to_string()
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    let app = app(Duration::from_secs(60));
    sse_axum::serve(listener, app).await
}
