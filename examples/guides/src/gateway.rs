//! A gateway to a language model that speaks the protocols of OpenAI, Anthropic and Vercel's AI SDK.
//!
//! Each answer is a run. It stores steps that belong to no protocol, and a plain function for each
//! protocol, in `gateway/dialects.rs`, turns a step into that protocol's events.

mod dialects;

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_stream::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use sse_core::{Config, Ending, Event, NoContent, Refusal, Shutdown};
use sse_hub::{Hub, Principal, Retention};
use sse_runs::{OnDisconnect, Outcome, ReadFrom, RunError, RunEvent, RunId, RunSettings, Runs};
use tokio::{sync::watch::Sender, time::sleep};
use tokio_stream::{Stream, StreamExt};

use self::dialects::{Dialect, Step, chat, messages, response, responses, status, ui};

/// The answer to a request.
pub enum Reply {
    /// Send it with [`config`] and the header `x-vercel-ai-ui-message-stream: v1`, which only Vercel's
    /// client looks for.
    Stream(Answer),
    Json(Value),
}

/// The events of an answer.
pub type Answer = Pin<Box<dyn Stream<Item = Result<Event, RunError>> + Send>>;

/// Lets answers finish while the server drains; new requests get 503.
pub fn config() -> Config {
    Config::default().ending(Ending::WhenFinished)
}

/// The gateway, over a model that repeats the prompt.
#[derive(Clone)]
pub struct Gateway {
    runs: Runs,
    /// The newest answer in each chat of the AI SDK. A real gateway has it in its database.
    chats: Arc<Mutex<HashMap<(Principal, String), RunId>>>,
    /// The number of answers that are being written.
    count: Sender<usize>,
    /// Whether those that are left have to fail, since the server stops.
    stops: Sender<bool>,
}

impl Gateway {
    /// Call it once, on the runtime of the server.
    ///
    /// When the server drains, answers have some time to finish. Then they fail, in the protocol of
    /// their client, before the server's deadline would cut them.
    pub fn start(shutdown: Shutdown, time_to_finish: Duration) -> Self {
        let hub = Hub::builder().retention(Retention::default().events(10_000)).build();
        // A further answer gets 429.
        let runs = Runs::builder().max_open_per_owner(20).build(hub);
        tokio::spawn(runs.background());
        let gateway = Self {
            runs,
            chats: Arc::default(),
            count: Sender::default(),
            stops: Sender::default(),
        };
        let stops = gateway.stops.clone();
        tokio::spawn(async move {
            shutdown.draining().await;
            sleep(time_to_finish).await;
            stops.send_replace(true);
        });
        gateway
    }

    /// Answers a POST of JSON. `key` is that of `x-api-key`, or of `Authorization` after `Bearer`.
    pub async fn post(&self, key: &str, path: &str, body: &[u8]) -> Result<Reply, Refusal> {
        let owner = owner(key)?;
        // A cancel has no body.
        let body = &serde_json::from_slice(body).unwrap_or(Value::Null);
        let path: Vec<_> = path.trim_matches('/').split('/').collect();
        let stop = OnDisconnect::Stop;
        match path[..] {
            ["v1", "chat", "completions"] | ["v1", "messages"] if body["stream"] != true => {
                Err((400, "this gateway only streams: set `stream`"))?
            }
            ["v1", "chat", "completions"] => {
                let id = self.begin(&owner, body, stop).await?;
                self.read(&owner, &id, 0, chat).await
            }
            ["v1", "messages"] => {
                let id = self.begin(&owner, body, stop).await?;
                self.read(&owner, &id, 0, messages).await
            }
            ["v1", "responses"] => {
                let background = body["background"] == true;
                let policy = if background { OnDisconnect::Continue } else { stop };
                let id = self.begin(&owner, body, policy).await?;
                if body["stream"] == true {
                    return self.read(&owner, &id, 0, responses).await;
                }
                Ok(Reply::Json(response(&id, "in_progress", vec![])))
            }
            ["v1", "responses", id, "cancel"] => {
                self.runs.cancel(&owner, id.trim_start_matches("resp_")).await?;
                self.retrieve(&owner, id)
            }
            ["ui"] => {
                // The AI SDK resumes a chat, and stops it with a request of its own.
                let id = self.begin(&owner, body, OnDisconnect::Continue).await?;
                let chat = body["id"].as_str().unwrap_or_default().to_owned();
                let run = RunId::parse(&id).ok_or((500, "not an ID"))?;
                self.chats().insert((owner.clone(), chat), run);
                self.read(&owner, &id, 0, ui).await
            }
            ["ui", chat, "stop"] => {
                self.runs.cancel(&owner, &self.run_of(&owner, chat)?).await?;
                Ok(Reply::Json(json!({})))
            }
            _ => Err((404, "no such path"))?,
        }
    }

    /// Answers a GET.
    pub async fn get(&self, key: &str, path: &str, query: &Query) -> Result<Reply, Refusal> {
        let owner = owner(key)?;
        let path: Vec<_> = path.trim_matches('/').split('/').collect();
        match path[..] {
            ["v1", "responses", id] if query.stream => {
                let seen = query.starting_after.map_or(0, |number| number.saturating_add(1));
                self.read(&owner, id.trim_start_matches("resp_"), seen, responses).await
            }
            ["v1", "responses", id] => self.retrieve(&owner, id),
            ["ui", chat, "stream"] => {
                // The AI SDK reads the whole answer again. After 204 it shows what it has.
                let id = self.run_of(&owner, chat)?;
                match self.runs.status(&owner, &id)?.ended {
                    None => self.read(&owner, &id, 0, ui).await,
                    Some(_) => Err(NoContent)?,
                }
            }
            ["running"] => Ok(Reply::Json(json!(*self.count.borrow()))),
            _ => Err((404, "no such path"))?,
        }
    }

    /// Begins an answer; returns the ID of its run.
    async fn begin(
        &self,
        owner: &Principal,
        body: &Value,
        policy: OnDisconnect,
    ) -> Result<String, Refusal> {
        let prompt = prompt(body).ok_or((400, "the request has no prompt"))?;
        if !(1..=16 * 1024).contains(&prompt.len()) {
            Err((400, "a prompt has 1 byte to 16 KiB"))?;
        }
        let settings = RunSettings::default().on_disconnect(policy);
        let writer = self.runs.begin(owner, settings).await?;
        let id = writer.id().to_string();
        let steps =
            steps(body["model"].as_str().unwrap_or_default().to_owned(), prompt, &self.stops);
        let count = self.count.clone();
        count.send_modify(|count| *count += 1);
        tokio::spawn(async move {
            // It fails only with the hub, and then the reader receives no end.
            let _ = writer.write(steps).await;
            count.send_modify(|count| *count -= 1);
        });
        Ok(id)
    }

    /// Reads an answer after an event, in a protocol.
    async fn read(
        &self,
        owner: &Principal,
        id: &str,
        seen: u64,
        dialect: Dialect,
    ) -> Result<Reply, Refusal> {
        let mut reading = self.runs.read(owner, id, ReadFrom::AfterNumber(seen)).await?;
        let id = id.to_owned();
        Ok(Reply::Stream(Box::pin(stream! {
            while let Some(event) = reading.next().await {
                let RunEvent { number, event, outcome, .. } = match event {
                    Ok(event) => event,
                    Err(error) => {
                        yield Err(error);
                        return;
                    }
                };
                let unknown = |_| Outcome::Failed { reason: "a stored step cannot be read".into() };
                let step = match outcome {
                    Some(outcome) => Err(outcome),
                    None => event.parse_json().map_err(unknown),
                };
                let is_last = step.is_err();
                for event in dialect(&id, number, step) {
                    yield Ok(event);
                }
                if is_last {
                    return;
                }
            }
        })))
    }

    /// Returns the state of a response.
    fn retrieve(&self, owner: &Principal, id: &str) -> Result<Reply, Refusal> {
        let id = id.trim_start_matches("resp_");
        let ended = self.runs.status(owner, id)?.ended;
        let status = ended.as_ref().map_or("in_progress", |(outcome, _)| status(outcome));
        Ok(Reply::Json(response(id, status, vec![])))
    }

    fn run_of(&self, owner: &Principal, chat: &str) -> Result<String, Refusal> {
        let chats = self.chats();
        let run = chats.get(&(owner.clone(), chat.to_owned()));
        Ok(run.ok_or((404, "no such chat"))?.to_string())
    }

    fn chats(&self) -> MutexGuard<'_, HashMap<(Principal, String), RunId>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The query of a response that is read again.
#[derive(Default, Deserialize)]
pub struct Query {
    #[serde(default)]
    pub stream: bool,
    pub starting_after: Option<u64>,
}

/// Returns the user of an API key. Yours is in your database, by a hash of the key.
fn owner(key: &str) -> Result<Principal, Refusal> {
    match key.trim_start_matches("Bearer ") {
        "key-of-ada" => Ok(Principal::new("ada").expect("short")),
        "key-of-bob" => Ok(Principal::new("bob").expect("short")),
        _ => Err((401, "the API key is not valid"))?,
    }
}

/// Returns the text of the last message, in any of the protocols.
fn prompt(body: &Value) -> Option<String> {
    let text = |content: &Value| {
        let parts = content.as_array().and_then(|parts| parts.first());
        content.as_str().or_else(|| parts?["text"].as_str()).map(str::to_owned)
    };
    let messages = body["messages"].as_array().or_else(|| body["input"].as_array());
    match messages.and_then(|messages| messages.last()) {
        Some(message) => text(&message["content"]).or_else(|| text(&message["parts"])),
        None => text(&body["input"]),
    }
}

/// Replaces a model: repeats the prompt, four characters per token.
fn steps(
    model: String,
    prompt: String,
    stops: &Sender<bool>,
) -> impl Stream<Item = Result<Event, String>> + use<> {
    let stops = stops.subscribe();
    let event = |step: Step| Event::json(&step).map_err(|error| error.to_string());
    stream! {
        for step in [Step::Begin, Step::Item, Step::Part] {
            yield event(step);
        }
        let chars: Vec<_> = prompt.chars().collect();
        let tokens = chars.chunks(4);
        let half = tokens.len() / 2;
        for (n, token) in tokens.enumerate() {
            if model == "faulty" && n == half {
                yield Err("the model lost its thread".to_owned());
                return;
            }
            if *stops.borrow() {
                yield Err("the server stops; ask again".to_owned());
                return;
            }
            sleep(Duration::from_millis(20)).await;
            yield event(Step::Delta(token.iter().collect()));
        }
        for step in [Step::Text, Step::PartEnd, Step::ItemEnd, Step::Done] {
            yield event(step(prompt.clone()));
        }
    }
}
