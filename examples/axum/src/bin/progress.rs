//! A long job, started by POST and watched by any number of tabs, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Copy `examples/pages/progress.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    io,
    iter::repeat_with,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use serde::Serialize;
use sse_axum::{Event, LastEventId, NoContent, Refusal, Sse};
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tokio_stream::{StreamExt, wrappers::WatchStream};

/// Where a job stands: a variant's name is the event's type, its content the JSON.
#[derive(Clone, Serialize)]
#[serde(rename_all = "lowercase")]
enum Job {
    Progress { rows: usize, of: usize },
    Done { sum: u64 },
    Failed { reason: String },
}

impl Job {
    fn event(&self) -> Event {
        let event = Event::typed(self).expect("an enum of texts and numbers");
        match self {
            Self::Progress { .. } => event,
            // By this ID, a browser that comes back says that it has seen the end.
            Self::Done { .. } | Self::Failed { .. } => event.id(END),
        }
    }
}

const END: &str = "end";

/// The jobs that run, and those that have ended in the last five minutes; a hundred at most.
///
/// Each is a watch channel: it holds the newest state, which is all that a newcomer or a slow tab
/// needs, and it closes after the last, which ends the streams. (A hub is for when every event counts.)
#[derive(Clone, Default)]
struct Jobs(Arc<Mutex<HashMap<String, watch::Receiver<Job>>>>);

impl Jobs {
    fn find(&self, id: &str) -> Option<watch::Receiver<Job>> {
        self.0.lock().expect("nobody panics with it").get(id).cloned()
    }

    /// Starts a job and returns its ID, unless there are too many.
    fn start(&self, rows: Vec<String>) -> Option<String> {
        let (sender, job) = watch::channel(Job::Progress { rows: 0, of: rows.len() });
        let id: String = repeat_with(fastrand::alphanumeric).take(12).collect(); // guards no secret
        let mut jobs = self.0.lock().expect("nobody panics with it");
        if jobs.len() >= 100 {
            return None;
        }
        jobs.insert(id.clone(), job);
        // In a task of its own, the job goes on whether or not anybody watches.
        tokio::spawn({
            let (jobs, id) = (self.clone(), id.clone());
            async move {
                work(rows, sender).await;
                sleep(Duration::from_secs(300)).await;
                jobs.0.lock().expect("nobody panics with it").remove(&id);
            }
        });
        Some(id)
    }
}

/// Adds up the rows, each of which takes a while.
async fn work(rows: Vec<String>, job: watch::Sender<Job>) {
    let mut sum = 0;
    for (at, row) in (1..).zip(&rows) {
        sleep(Duration::from_millis(200)).await;
        let Ok(number) = row.parse::<u32>() else {
            // A text of our own: what an error says is for the log, not for everybody.
            job.send_replace(Job::Failed { reason: format!("row {at} is not a whole number") });
            return;
        };
        sum += u64::from(number);
        job.send_replace(Job::Progress { rows: at, of: rows.len() });
    }
    job.send_replace(Job::Done { sum });
}

pub(crate) fn app() -> Router {
    let routes = Router::new().route("/", get(page)).route("/jobs", post(start));
    routes.route("/jobs/{id}/events", get(events)).with_state(Jobs::default())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/progress.html")))
}

async fn start(
    State(jobs): State<Jobs>,
    Json(rows): Json<Vec<String>>,
) -> Result<impl IntoResponse, Refusal> {
    if !(1..=100).contains(&rows.len()) {
        Err((400, "a job has 1 to 100 rows"))?;
    }
    let id = jobs.start(rows).ok_or((503, "too many jobs; try again later"))?;
    Ok((StatusCode::CREATED, id))
}

/// Where the job stands, until its end. A page closes the stream then; a browser whose page does not
/// comes back, and is stopped once it has seen the end.
async fn events(
    State(jobs): State<Jobs>,
    Path(id): Path<String>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    if last.as_str() == Some(END) {
        Err(NoContent)?;
    }
    let unknown = "no such job; one that has ended is forgotten after five minutes";
    let job = jobs.find(&id).ok_or((404, unknown))?;
    Ok(Sse::new(WatchStream::new(job).map(|job| job.event())))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
