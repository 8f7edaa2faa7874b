//! A model's answer as a topic: many tabs read it, resume it and stop it.

use std::{
    collections::HashMap,
    iter::repeat_with,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_core::{Config, Event, EventId, Frame, LastEventId, NoContent, Refusal};
use sse_hub::{Hub, Retention, Start};
use tokio::{
    sync::oneshot,
    time::{interval, sleep},
};
use tokio_stream::Stream;

#[derive(Deserialize)]
pub struct Question {
    prompt: String,
    #[serde(default)]
    faulty: bool,
}

/// How a tab reads an answer.
#[derive(Deserialize)]
pub struct Settings {
    /// A connection that is cut after a second, to show that the browser resumes.
    #[serde(default)]
    pub cut: bool,
}

impl Settings {
    /// Returns how the stream behaves. The browser reconnects after half a second.
    pub fn config(&self) -> Config {
        let config = Config::default().retry(Duration::from_millis(500));
        if self.cut { config.max_age(Duration::from_secs(1)) } else { config }
    }
}

/// The events of an answer: a variant's name is the event's type, its content is the JSON.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Said<'a> {
    Prompt(&'a str),
    Token(&'a str),
    /// The last event of an answer: "done", "failed" or "stopped".
    End(&'a str),
}

/// All answers that are being written or are retained, each a topic of the hub.
#[derive(Clone)]
pub struct Answers {
    hub: Hub,
    retained: Arc<Mutex<HashMap<String, Answer>>>,
}

#[derive(Default)]
struct Answer {
    /// Dropped to stop it.
    stop: Option<oneshot::Sender<()>>,
    events: usize,
    end: Option<EventId>,
}

impl Answers {
    /// Retains each event for some time, which has to be longer than an answer takes: 16 s.
    pub fn new(time: Duration) -> Self {
        let hub = Hub::builder().retention(Retention::default().age(time)).build();
        let answers = Self { hub, retained: Arc::default() };
        tokio::spawn(answers.clone().forget());
        answers
    }

    /// Begins an answer and returns its ID.
    pub fn begin(&self, question: Question) -> Result<String, Refusal> {
        if !(1..=2048).contains(&question.prompt.len()) {
            Err((400, "a prompt has 1 byte to 2 KiB"))?;
        }
        let mut retained = self.lock();
        if count_running(&retained) >= 4 {
            Err((503, "four answers are being written; ask again later"))?;
        }
        // Long enough that nobody guesses it by chance; a secret answer would need a login as well.
        let id: String = repeat_with(fastrand::alphanumeric).take(16).collect();
        let (stopper, stopped) = oneshot::channel();
        retained.insert(id.clone(), Answer { stop: Some(stopper), ..Answer::default() });
        tokio::spawn(self.clone().work(id.clone(), question, stopped));
        Ok(id)
    }

    /// Returns an answer from its beginning, or from where the browser left off.
    pub fn read(
        &self,
        id: &str,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        let end = self.lock().get(id).ok_or(UNKNOWN)?.end.clone();
        if end.is_some() && end.as_deref() == last.as_str() {
            Err(NoContent)?; // or the browser would reconnect forever
        }
        let answer = self.hub.subscribe(id)?.resume(last.clone()).start(Start::Earliest);
        Ok(stream! {
            for await frame in answer {
                // A frame is whole events, and only its last one can be the end. Data never looks like
                // this line.
                let mut lines = frame.as_bytes().split(|byte| *byte == b'\n');
                let end = lines.any(|line| line == b"event: end");
                yield frame;
                if end {
                    break;
                }
            }
        })
    }

    /// Stops an answer for all its readers. What is written so far is retained.
    pub fn stop(&self, id: &str) -> Result<(), Refusal> {
        self.lock().get_mut(id).ok_or(UNKNOWN)?.stop = None;
        Ok(())
    }

    /// Returns the number of answers that are being written.
    pub fn running(&self) -> usize {
        count_running(&self.lock())
    }

    /// Evicts old events, and forgets each answer that has lost one, so that nobody gets a part.
    async fn forget(self) {
        let mut ticks = interval(Duration::from_secs(1));
        loop {
            let now = ticks.tick().await.into_std();
            let mut retained = self.lock();
            // Under the lock, instead of by `Hub::background`, which evicts between two of these ticks.
            self.hub.tick(now);
            retained.retain(|id, answer| {
                self.hub.topic_stats(id).map_or(0, |topic| topic.events) == answer.events
            });
        }
    }

    /// Writes an answer, read or not, and publishes how it ended, which its readers wait for.
    async fn work(self, id: String, question: Question, stopped: oneshot::Receiver<()>) {
        // A task of its own, so that a panic ends only that.
        let mut writing = tokio::spawn(self.clone().write(id.clone(), question));
        let outcome = tokio::select! {
            outcome = &mut writing => outcome.unwrap_or("failed"),
            _ = stopped => "stopped",
        };
        writing.abort();
        self.publish(&id, &Said::End(outcome));
    }

    /// Replaces a model: repeats the prompt, four characters per token.
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
        // Nothing follows the end, not even a token that was in progress when the answer was stopped.
        if let Some(answer) = self.lock().get_mut(id).filter(|answer| answer.end.is_none()) {
            let event = Event::typed(said).expect("an enum of texts");
            let event = self.hub.publish_now(id, event).expect("short; the hub is not drained");
            answer.events += 1;
            answer.end = matches!(said, Said::End(_)).then_some(event);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.retained.lock().expect("no panic while it is locked")
    }
}

fn count_running(retained: &HashMap<String, Answer>) -> usize {
    retained.values().filter(|answer| answer.end.is_none()).count()
}

const UNKNOWN: (u16, &str) = (404, "no such answer; it may have expired");
