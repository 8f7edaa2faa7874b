//! A long job, started by POST and watched by any number of tabs, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Copy `examples/pages/progress.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    iter::repeat_with,
    sync::{Arc, Mutex},
    time::Duration,
};

use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    serde::json::Json,
    tokio::{self, sync::watch, time::sleep},
};
use serde::Serialize;
use sse_rocket::{Event, LastEventId, NoContent, Refusal, Sse};
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

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("progress", move |rocket| async move {
        rocket.manage(Jobs::default()).mount(base, routes![page, start, events])
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/progress.html"))
}

#[post("/jobs", data = "<rows>")]
fn start(jobs: &State<Jobs>, rows: Json<Vec<String>>) -> Result<Custom<String>, Refusal> {
    if !(1..=100).contains(&rows.len()) {
        Err((400, "a job has 1 to 100 rows"))?;
    }
    let id = jobs.start(rows.into_inner()).ok_or((503, "too many jobs; try again later"))?;
    Ok(Custom(Status::Created, id))
}

/// Where the job stands, until its end. A page closes the stream then; a browser whose page does not
/// comes back, and is stopped once it has seen the end.
#[get("/jobs/<id>/events")]
fn events(
    jobs: &State<Jobs>,
    id: &str,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Event>>, Refusal> {
    if last.as_str() == Some(END) {
        Err(NoContent)?;
    }
    let unknown = "no such job; one that has ended is forgotten after five minutes";
    let job = jobs.find(id).ok_or((404, unknown))?;
    Ok(Sse::new(WatchStream::new(job).map(|job| job.event())))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
