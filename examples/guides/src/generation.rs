//! A model's answer as a run: many tabs read it, resume it and stop it.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_core::{Config, Event, LastEventId, Refusal};
use sse_hub::{Hub, Principal};
use sse_runs::{ReadFrom, RunError, RunSettings, Runs};
use tokio::{sync::Semaphore, time::sleep};
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

/// The events of an answer: a variant's name is the event's type, its content is the JSON. The last
/// event, `end`, is the run's own.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Said<'a> {
    Prompt(&'a str),
    Token(&'a str),
}

/// All answers that are being written or are retained.
///
/// An answer has at most 514 events, so the hub's default retention keeps all of them.
#[derive(Clone)]
pub struct Answers {
    runs: Runs,
    /// One permit for each answer that may begin now.
    places: Arc<Semaphore>,
}

impl Answers {
    /// Retains each answer for some time after its end.
    pub fn new(retained: Duration) -> Self {
        let runs = Runs::builder().remember(retained).build(Hub::new());
        tokio::spawn(runs.background());
        Self { runs, places: Arc::new(Semaphore::new(PLACES)) }
    }

    /// Begins an answer, which continues whether anybody reads it or not; returns its ID.
    pub async fn begin(&self, question: Question) -> Result<String, Refusal> {
        if !(1..=2048).contains(&question.prompt.len()) {
            Err((400, "a prompt has 1 byte to 2 KiB"))?;
        }
        let busy = |_| (503, "four answers are being written; ask again later");
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(busy)?;
        let writer = self.runs.begin(&anyone(), RunSettings::default()).await?;
        let id = writer.id().to_string();
        // A task of its own: a stop ends its work, and a panic fails only this answer.
        tokio::spawn(async move {
            let _place = place;
            writer.write(answer(question)).await
        });
        Ok(id)
    }

    /// Returns an answer from its beginning, or from where the browser left off.
    ///
    /// The stream ends with the answer. A browser that reconnects then gets 204, which stops it.
    pub async fn read(
        &self,
        id: &str,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Result<Event, RunError>> + use<>, Refusal> {
        Ok(self.runs.read(&anyone(), id, ReadFrom::After(last.clone())).await?.events())
    }

    /// Stops an answer for all its readers. What is written so far is retained.
    pub async fn stop(&self, id: &str) -> Result<(), Refusal> {
        Ok(self.runs.cancel(&anyone(), id).await?)
    }

    /// Returns the number of answers that are being written.
    pub fn running(&self) -> usize {
        PLACES - self.places.available_permits()
    }
}

/// The owner of all answers. With a login, name the user: then nobody else can read or stop an answer.
fn anyone() -> Principal {
    Principal::new("anyone").expect("short")
}

/// Replaces a model: repeats the prompt, four characters per token.
fn answer(question: Question) -> impl Stream<Item = Result<Event, String>> {
    let event = |said: Said<'_>| Event::typed(&said).map_err(|error| error.to_string());
    stream! {
        yield event(Said::Prompt(&question.prompt));
        let chars: Vec<_> = question.prompt.chars().collect();
        let tokens = chars.chunks(4);
        let half = tokens.len() / 2;
        for (n, token) in tokens.enumerate() {
            if question.faulty && n == half {
                yield Err("the model lost its thread".to_owned());
                return;
            }
            sleep(Duration::from_millis(30)).await;
            yield event(Said::Token(&String::from_iter(token)));
        }
    }
}

/// How many answers may be written at the same time.
const PLACES: usize = 4;
