//! A model's answer as a topic: many tabs read it, resume it and stop it.

use std::{iter::repeat_with, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use sse_core::{Config, Event, LastEventId, Refusal};
use sse_hub::{Hub, PublishError, Start, Subscription, Topic};
use tokio::{sync::Semaphore, time::sleep};

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

impl Said<'_> {
    fn event(&self) -> Event {
        Event::typed(self).expect("an enum of texts")
    }
}

/// All answers that are being written or are retained, each a topic of the hub.
///
/// An answer has at most 514 events, so the hub's default retention keeps all of them.
#[derive(Clone)]
pub struct Answers {
    hub: Hub,
    /// One permit for each answer that may begin now.
    places: Arc<Semaphore>,
    retained: Duration,
}

impl Answers {
    /// Retains each answer for some time after its end.
    pub fn new(retained: Duration) -> Self {
        let hub = Hub::new();
        tokio::spawn(hub.background());
        Self { hub, places: Arc::new(Semaphore::new(PLACES)), retained }
    }

    /// Begins an answer and returns its ID.
    pub fn begin(&self, question: Question) -> Result<String, Refusal> {
        if !(1..=2048).contains(&question.prompt.len()) {
            Err((400, "a prompt has 1 byte to 2 KiB"))?;
        }
        let busy = |_| (503, "four answers are being written; ask again later");
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(busy)?;
        // Long enough that nobody guesses it by chance; a secret answer would need a login as well.
        let id: String = repeat_with(fastrand::alphanumeric).take(16).collect();
        let answer = self.hub.topic(&id)?;
        answer.publish_now(Said::Prompt(&question.prompt).event())?;
        let (hub, retained) = (self.hub.clone(), self.retained);
        tokio::spawn(async move {
            // A task of its own, so that a panic ends only that.
            let writing = tokio::spawn(write(answer.clone(), question)).await;
            let outcome = writing.map_or("failed", |written| written.unwrap_or("failed"));
            // Refused if the answer was stopped.
            _ = answer.end_now(Said::End(outcome).event());
            drop(place);
            sleep(retained).await;
            // All of it at once, so that nobody gets a part.
            hub.trim(answer.name(), hub.position());
        });
        Ok(id)
    }

    /// Returns an answer from its beginning, or from where the browser left off.
    ///
    /// The stream ends with the answer. A browser that reconnects then gets 204, which stops it.
    pub fn read(&self, id: &str, last: &LastEventId) -> Result<Subscription, Refusal> {
        self.check(id)?;
        Ok(self.hub.subscribe_from(id, last.clone())?.start(Start::Earliest))
    }

    /// Stops an answer for all its readers. What is written so far is retained.
    pub fn stop(&self, id: &str) -> Result<(), Refusal> {
        self.check(id)?;
        match self.hub.end_now(id, Said::End("stopped").event()) {
            Ok(_) | Err(PublishError::Ended) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the number of answers that are being written.
    pub fn running(&self) -> usize {
        PLACES - self.places.available_permits()
    }

    fn check(&self, id: &str) -> Result<(), Refusal> {
        let answer = self.hub.topic_stats(id).filter(|answer| answer.events > 0);
        answer.ok_or((404, "no such answer; it may have expired"))?;
        Ok(())
    }
}

/// Replaces a model: repeats the prompt, four characters per token, whether anybody reads it or not.
/// Once the answer is stopped, the next token is refused.
async fn write(answer: Topic, question: Question) -> Result<&'static str, PublishError> {
    let chars: Vec<_> = question.prompt.chars().collect();
    let tokens = chars.chunks(4);
    let half = tokens.len() / 2;
    for (n, token) in tokens.enumerate() {
        if question.faulty && n == half {
            return Ok("failed");
        }
        sleep(Duration::from_millis(30)).await;
        answer.publish_now(Said::Token(&String::from_iter(token)).event())?;
    }
    Ok("done")
}

/// How many answers may be written at the same time.
const PLACES: usize = 4;
