//! A long job, and how far it has come.

use std::{
    collections::HashMap,
    iter::repeat_with,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde::Serialize;
use sse_core::{Event, LastEventId, NoContent, Refusal};
use tokio::{sync::watch, time::sleep};
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};

/// How far a job has come: a variant's name is the event's type, its content is the JSON.
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
            // A browser that reconnects with this ID has seen the end.
            Self::Done { .. } | Self::Failed { .. } => event.id(END),
        }
    }
}

const END: &str = "end";

/// The running jobs, and those that ended in the last five minutes: at most a hundred.
///
/// Each job is a watch channel. It holds the newest state, which is all that a new or slow tab needs,
/// and it closes after the last state, which ends the streams. Use a hub when every event counts.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<HashMap<String, watch::Receiver<Job>>>>);

impl Jobs {
    /// Starts a job and returns its ID.
    pub fn start(&self, rows: Vec<String>) -> Result<String, Refusal> {
        if !(1..=100).contains(&rows.len()) {
            Err((400, "a job has 1 to 100 rows"))?;
        }
        let (sender, job) = watch::channel(Job::Progress { rows: 0, of: rows.len() });
        let id: String = repeat_with(fastrand::alphanumeric).take(12).collect(); // not a secret
        let mut jobs = self.lock();
        if jobs.len() >= 100 {
            Err((503, "too many jobs; try again later"))?;
        }
        jobs.insert(id.clone(), job);
        // The job has its own task, so it continues when nobody watches.
        tokio::spawn({
            let (jobs, id) = (self.clone(), id.clone());
            async move {
                work(rows, sender).await;
                sleep(Duration::from_secs(300)).await;
                jobs.lock().remove(&id);
            }
        });
        Ok(id)
    }

    /// Returns a job's progress until its end.
    ///
    /// A page closes its stream at the end. If it does not, the browser reconnects, and 204 stops it once it
    /// has seen the end.
    pub fn watch(
        &self,
        id: &str,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Event> + use<>, Refusal> {
        if last.as_str() == Some(END) {
            Err(NoContent)?;
        }
        let unknown = "no such job; a job is forgotten five minutes after its end";
        let job = self.lock().get(id).cloned().ok_or((404, unknown))?;
        Ok(WatchStream::new(job).map(|job| job.event()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<Job>>> {
        self.0.lock().expect("no panic while it is locked")
    }
}

/// Adds up the rows, each of which takes a while.
async fn work(rows: Vec<String>, job: watch::Sender<Job>) {
    let mut sum = 0;
    for (at, row) in (1..).zip(&rows) {
        sleep(Duration::from_millis(200)).await;
        let Ok(number) = row.parse::<u32>() else {
            // Our own words: the text of an error belongs in the log.
            job.send_replace(Job::Failed { reason: format!("row {at} is not a whole number") });
            return;
        };
        sum += u64::from(number);
        job.send_replace(Job::Progress { rows: at, of: rows.len() });
    }
    job.send_replace(Job::Done { sum });
}
