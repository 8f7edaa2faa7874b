//! How texts are put on the wire.

use serde_json::{Value, json};
use sse_core::{Event, EventName};

/// How texts are put on the wire, by the last parts of the request's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `chat/completions`: OpenAI's chat completions.
    OpenAi,
    /// `v1/messages`: Anthropic's messages.
    Anthropic,
    /// `ui`: the UI message stream of the AI SDK.
    Ui,
    /// `datastar`: signals of Datastar.
    Datastar,
    /// Anything else: one event for each text.
    Plain,
}

impl Dialect {
    /// The dialect of a path.
    pub(super) fn of(path: &str) -> Self {
        if path.ends_with("chat/completions") {
            Self::OpenAi
        } else if path.ends_with("v1/messages") {
            Self::Anthropic
        } else if path.ends_with("ui") {
            Self::Ui
        } else if path.ends_with("datastar") {
            Self::Datastar
        } else {
            Self::Plain
        }
    }

    /// Whether it carries the answer of a model, whose clients do not reconnect.
    pub(super) fn is_model(self) -> bool {
        matches!(self, Self::OpenAi | Self::Anthropic | Self::Ui)
    }

    /// What comes before the first text.
    pub(super) fn opening(self) -> Vec<Event> {
        match self {
            Self::Anthropic => {
                let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
                let message = json!({
                    "id": "msg_0", "type": "message", "role": "assistant", "model": "none",
                    "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage,
                });
                let block = json!({ "type": "text", "text": "" });
                vec![
                    named(&json!({ "type": "message_start", "message": message })),
                    named(
                        &json!({ "type": "content_block_start", "index": 0, "content_block": block }),
                    ),
                    named(&json!({ "type": "ping" })),
                ]
            }
            Self::Ui => vec![
                data(&json!({ "type": "start" })),
                data(&json!({ "type": "text-start", "id": "t" })),
            ],
            Self::OpenAi | Self::Datastar | Self::Plain => Vec::new(),
        }
    }

    /// An event with a text.
    pub(super) fn text(self, text: &str) -> Event {
        match self {
            Self::OpenAi => completion(&json!({ "content": text }), None),
            Self::Anthropic => {
                let delta = json!({ "type": "text_delta", "text": text });
                named(&json!({ "type": "content_block_delta", "index": 0, "delta": delta }))
            }
            Self::Ui => data(&json!({ "type": "text-delta", "id": "t", "delta": text })),
            Self::Datastar => Event::data(format!("signals {}", json!({ "text": text })))
                .event("datastar-merge-signals"),
            Self::Plain => Event::data(text),
        }
    }

    /// What comes after the last text.
    pub(super) fn closing(self) -> Vec<Event> {
        match self {
            Self::OpenAi => vec![completion(&json!({}), Some("stop")), Event::data("[DONE]")],
            Self::Anthropic => {
                let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
                let usage = json!({ "output_tokens": 1 });
                vec![
                    named(&json!({ "type": "content_block_stop", "index": 0 })),
                    named(&json!({ "type": "message_delta", "delta": delta, "usage": usage })),
                    named(&json!({ "type": "message_stop" })),
                ]
            }
            Self::Ui => vec![
                data(&json!({ "type": "text-end", "id": "t" })),
                data(&json!({ "type": "finish" })),
                Event::data("[DONE]"),
            ],
            Self::Datastar | Self::Plain => Vec::new(),
        }
    }
}

fn completion(delta: &Value, finish_reason: Option<&str>) -> Event {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
    data(&json!({
        "id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "none",
        "choices": [choice],
    }))
}

/// An event that has the name of its type, as Anthropic's have.
fn named(value: &Value) -> Event {
    let name = value["type"].as_str().unwrap_or_default().to_owned();
    data(value).event(EventName::new(name).expect("a type in one line"))
}

fn data(value: &Value) -> Event {
    Event::data(value.to_string())
}
