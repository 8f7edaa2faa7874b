//! The tokens of a language model, streamed as the answer to a POST.

use std::time::Duration;

use async_stream::stream;
use serde::Deserialize;
use sse_core::{Config, Ending, Event, Refusal};
use sse_hub::{Hub, Principal, Retention};
use sse_runs::{OnDisconnect, ReadFrom, RunError, RunSettings, Runs};
use tokio::{sync::watch::Sender, time::sleep};
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};

#[derive(Deserialize)]
pub struct Question {
    prompt: String,
    #[serde(default)]
    model: Model,
}

/// The models to choose from. None of them is real.
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
    /// Repeats the prompt, four characters per token. In JSON a token keeps its CR and CRLF, which the
    /// standard turns into LF in plain data.
    fn answer(self, prompt: String) -> impl Stream<Item = Result<Event, &'static str>> {
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
                let token = Event::json(&String::from_iter(token)).expect("a text is JSON");
                yield Ok(token.event("token"));
            }
        }
    }
}

/// The answers that are being written, each a run.
#[derive(Clone)]
pub struct Generations {
    runs: Runs,
    /// The number of them.
    count: Sender<usize>,
}

impl Generations {
    /// Call it once, on the runtime of the server.
    pub fn start() -> Self {
        // The longest answer has 4,096 tokens. A minute is enough for a slow reader.
        let retention = Retention::default().events(5_000).age(Duration::from_secs(60));
        let runs = Runs::new(Hub::builder().retention(retention).build());
        tokio::spawn(runs.background());
        Self { runs, count: Sender::default() }
    }

    /// Begins an answer, and returns it while it is written. Its last event is its end: without it, a
    /// lost connection would look like one. When the client disconnects, the work stops.
    pub async fn answer(
        &self,
        Question { prompt, model }: Question,
    ) -> Result<impl Stream<Item = Result<Event, RunError>> + use<>, Refusal> {
        if !(1..=16 * 1024).contains(&prompt.len()) {
            Err((400, "a prompt has 1 byte to 16 KiB"))?;
        }
        let anyone = Principal::new("anyone").expect("short"); // name your user here
        let settings = RunSettings::default().on_disconnect(OnDisconnect::Stop);
        let writer = self.runs.begin(&anyone, settings).await?;
        let id = writer.id().to_string();
        let answer = self.runs.read(&anyone, &id, ReadFrom::Start).await?;
        let count = self.count.clone();
        tokio::spawn(async move {
            count.send_modify(|n| *n += 1);
            // It fails only with the hub, and then the reader receives no end.
            let _ = writer.write(model.answer(prompt)).await;
            count.send_modify(|n| *n -= 1);
        });
        Ok(answer.events())
    }

    /// Returns the number of answers that are being written, now and at each change.
    pub fn watch(&self) -> impl Stream<Item = Event> + use<> {
        WatchStream::new(self.count.subscribe()).map(|n| Event::data(n.to_string()))
    }
}

/// Lets answers finish while the server drains, until shortly before its deadline; new requests get
/// 503. An early end would look like a complete answer, and no client repeats a POST.
pub fn config() -> Config {
    Config::default().ending(Ending::WhenFinished)
}
