//! The tokens of a language model, streamed as the answer to a POST.

use std::time::Duration;

use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_core::{Config, Ending, Event, Refusal, TypedError};
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
    /// Repeats the prompt, four characters per token.
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

/// The events of an answer: a variant's name is the event's type, its content is the JSON. In JSON a
/// token keeps its CR and CRLF, which the standard turns into LF in plain data.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer<'a> {
    Token(&'a str),
    Failed {
        reason: &'a str,
    },
    /// Without this event, a lost connection would look like the end of the answer.
    Done {
        tokens: usize,
    },
}

/// The answers that are being written.
#[derive(Clone, Default)]
pub struct Generations(Sender<usize>); // the number of them

impl Generations {
    /// Returns the answer while it is written. The work ends when the stream is dropped, as it is when
    /// the client disconnects.
    pub fn answer(
        &self,
        Question { prompt, model }: Question,
    ) -> Result<impl Stream<Item = Result<Event, TypedError>> + use<>, Refusal> {
        if !(1..=16 * 1024).contains(&prompt.len()) {
            Err((400, "a prompt has 1 byte to 16 KiB"))?;
        }
        let generation = Generation::begin(&self.0);
        Ok(stream! {
            let _generation = generation; // dropped with the stream
            let mut tokens = 0;
            for await token in model.answer(prompt) {
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
    }

    /// Returns the number of answers that are being written, now and at each change.
    pub fn watch(&self) -> impl Stream<Item = Event> + use<> {
        WatchStream::new(self.0.subscribe()).map(|n| Event::data(n.to_string()))
    }
}

/// Lets answers finish while the server drains, until shortly before its deadline; new requests get
/// 503. An early end would look like a complete answer, and no client repeats a POST.
pub fn config() -> Config {
    Config::default().ending(Ending::WhenFinished)
}

/// Counts as running until it is dropped with the stream, whatever ends that.
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
