//! A long job, and how far it has come.

use std::{iter::repeat_with, time::Duration};

use serde::Serialize;
use sse_core::{Event, LastEventId, Refusal};
use sse_hub::{Delivery, Hub, PublishError, Retention, Start, Subscription, Topic};
use tokio::time::sleep;

/// How far a job has come: a variant's name is the event's type, its content is the JSON.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Job {
    Progress { rows: usize, of: usize },
    Done { sum: u64 },
    Failed { reason: String },
}

impl Job {
    fn event(&self) -> Event {
        Event::typed(self).expect("an enum of texts and numbers")
    }
}

/// The running jobs, and those that ended in the last five minutes: at most a hundred.
///
/// Each job is a topic of the hub, which keeps only its newest state. That is all that a new or slow tab
/// needs.
#[derive(Clone)]
pub struct Jobs(Hub);

impl Jobs {
    /// Begins without jobs.
    pub fn open() -> Self {
        let newest = Retention::default().events(1).age(Duration::from_secs(300));
        let hub = Hub::builder().retention(newest).max_topics(100).build();
        tokio::spawn(hub.background()); // forgets old jobs
        Self(hub)
    }

    /// Starts a job and returns its ID. The hundred-and-first job replaces the oldest one that has ended and
    /// that nobody watches.
    pub fn start(&self, rows: Vec<String>) -> Result<String, Refusal> {
        if !(1..=100).contains(&rows.len()) {
            Err((400, "a job has 1 to 100 rows"))?;
        }
        let id: String = repeat_with(fastrand::alphanumeric).take(12).collect(); // not a secret
        let job = self.0.topic(&id)?;
        job.publish_now(Job::Progress { rows: 0, of: rows.len() }.event())?;
        // The job has its own task, so it continues when nobody watches.
        tokio::spawn(work(rows, job));
        Ok(id)
    }

    /// Returns a job's progress until its end.
    ///
    /// A page closes its stream at the end. If it does not, the browser reconnects, and 204 stops it once it
    /// has seen the end.
    pub fn watch(&self, id: &str, last: &LastEventId) -> Result<Subscription, Refusal> {
        let unknown = "no such job; a job is forgotten five minutes after its end";
        self.0.topic_stats(id).filter(|job| job.events > 0).ok_or((404, unknown))?;
        let job = self.0.subscribe_from(id, last.clone())?;
        Ok(job.start(Start::Last(1)).delivery(Delivery::Latest))
    }
}

/// Adds up the rows, each of which takes a while. An error means that the hub has drained.
async fn work(rows: Vec<String>, job: Topic) -> Result<(), PublishError> {
    let mut sum = 0;
    for (at, row) in (1..).zip(&rows) {
        sleep(Duration::from_millis(200)).await;
        let Ok(number) = row.parse::<u32>() else {
            // Our own words: the text of an error belongs in the log.
            let reason = format!("row {at} is not a whole number");
            job.end_now(Job::Failed { reason }.event())?;
            return Ok(());
        };
        sum += u64::from(number);
        job.publish_now(Job::Progress { rows: at, of: rows.len() }.event())?;
    }
    job.end_now(Job::Done { sum }.event())?;
    Ok(())
}
