//! How the steps of an answer are written in each protocol: plain functions, to copy and to change.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_core::{Event, EventName};
use sse_runs::Outcome;

/// The steps of an answer. In OpenAI's responses, each step is one event, so the run's number serves as its
/// `sequence_number`. In the other protocols, some steps have no event.
#[derive(Deserialize, Serialize)]
pub(super) enum Step {
    Begin,
    Item,
    Part,
    Delta(String),
    // From here on with the whole text.
    Text(String),
    PartEnd(String),
    ItemEnd(String),
    Done(String),
}

/// How an event of a run is written in a protocol: its ID, its number, and its step or its end.
pub(super) type Dialect = fn(&str, u64, Result<Step, Outcome>) -> Vec<Event>;

/// OpenAI's chat completions.
pub(super) fn chat(id: &str, _: u64, step: Result<Step, Outcome>) -> Vec<Event> {
    let chunk = |delta: Value, reason: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        data(&json!({
            "id": format!("chatcmpl-{id}"), "object": "chat.completion.chunk", "created": 0,
            "model": "none", "choices": [choice],
        }))
    };
    match step {
        Ok(Step::Begin) => vec![chunk(json!({ "role": "assistant", "content": "" }), None)],
        Ok(Step::Delta(text)) => vec![chunk(json!({ "content": text }), None)],
        Ok(Step::Done(_)) => vec![chunk(json!({}), Some("stop"))],
        Ok(_) => vec![],
        Err(Outcome::Finished) => vec![Event::data("[DONE]")],
        Err(outcome) => {
            let error =
                json!({ "message": reason(&outcome), "type": "server_error", "code": null });
            vec![data(&json!({ "error": error }))]
        }
    }
}

/// OpenAI's responses.
pub(super) fn responses(id: &str, number: u64, step: Result<Step, Outcome>) -> Vec<Event> {
    let item = format!("msg_{id}");
    let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
    let message = |text: Option<&str>| {
        let status = if text.is_some() { "completed" } else { "in_progress" };
        json!({
            "id": item, "type": "message", "role": "assistant", "status": status,
            "content": text.map_or(vec![], |text| vec![part(text)]),
        })
    };
    let mut event = match &step {
        Ok(Step::Begin) => {
            json!({ "type": "response.created", "response": response(id, "in_progress", vec![]) })
        }
        Ok(Step::Item) => json!({ "type": "response.output_item.added", "item": message(None) }),
        Ok(Step::Part) => json!({ "type": "response.content_part.added", "part": part("") }),
        Ok(Step::Delta(text)) => {
            json!({ "type": "response.output_text.delta", "delta": text, "logprobs": [] })
        }
        Ok(Step::Text(text)) => {
            json!({ "type": "response.output_text.done", "text": text, "logprobs": [] })
        }
        Ok(Step::PartEnd(text)) => {
            json!({ "type": "response.content_part.done", "part": part(text) })
        }
        Ok(Step::ItemEnd(text)) => {
            json!({ "type": "response.output_item.done", "item": message(Some(text)) })
        }
        Ok(Step::Done(text)) => {
            let response = response(id, "completed", vec![message(Some(text))]);
            json!({ "type": "response.completed", "response": response })
        }
        Err(Outcome::Finished) => return vec![],
        Err(outcome) => {
            let mut failed = response(id, status(outcome), vec![]);
            failed["error"] = json!({ "code": "server_error", "message": reason(outcome) });
            json!({ "type": "response.failed", "response": failed })
        }
    };
    if let Ok(Step::Part | Step::Delta(_) | Step::Text(_) | Step::PartEnd(_)) = step {
        event["item_id"] = item.into();
        event["content_index"] = 0.into();
    }
    if event.get("response").is_none() {
        event["output_index"] = 0.into();
    }
    event["sequence_number"] = (number - 1).into(); // OpenAI counts from 0
    vec![named(&event)]
}

/// Anthropic's messages.
pub(super) fn messages(id: &str, _: u64, step: Result<Step, Outcome>) -> Vec<Event> {
    let events = match step {
        Ok(Step::Begin) => {
            let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
            let message = json!({
                "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": "none",
                "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage,
            });
            vec![json!({ "type": "message_start", "message": message }), json!({ "type": "ping" })]
        }
        Ok(Step::Part) => {
            let block = json!({ "type": "text", "text": "" });
            vec![json!({ "type": "content_block_start", "index": 0, "content_block": block })]
        }
        Ok(Step::Delta(text)) => {
            let delta = json!({ "type": "text_delta", "text": text });
            vec![json!({ "type": "content_block_delta", "index": 0, "delta": delta })]
        }
        Ok(Step::PartEnd(_)) => vec![json!({ "type": "content_block_stop", "index": 0 })],
        Ok(_) => vec![],
        Err(Outcome::Finished) => {
            let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
            let usage = json!({ "output_tokens": 1 });
            vec![
                json!({ "type": "message_delta", "delta": delta, "usage": usage }),
                json!({ "type": "message_stop" }),
            ]
        }
        Err(outcome) => {
            let error = json!({ "type": "api_error", "message": reason(&outcome) });
            vec![json!({ "type": "error", "error": error })]
        }
    };
    events.iter().map(named).collect()
}

/// The UI message stream of Vercel's AI SDK.
pub(super) fn ui(id: &str, _: u64, step: Result<Step, Outcome>) -> Vec<Event> {
    match step {
        Ok(Step::Begin) => vec![data(&json!({ "type": "start", "messageId": id }))],
        Ok(Step::Part) => vec![data(&json!({ "type": "text-start", "id": "text" }))],
        Ok(Step::Delta(text)) => {
            vec![data(&json!({ "type": "text-delta", "id": "text", "delta": text }))]
        }
        Ok(Step::PartEnd(_)) => vec![data(&json!({ "type": "text-end", "id": "text" }))],
        Ok(_) => vec![],
        Err(Outcome::Finished) => vec![data(&json!({ "type": "finish" })), Event::data("[DONE]")],
        Err(Outcome::Cancelled) => vec![data(&json!({ "type": "abort" })), Event::data("[DONE]")],
        Err(outcome) => vec![data(&json!({ "type": "error", "errorText": reason(&outcome) }))],
    }
}

pub(super) fn response(id: &str, status: &str, output: Vec<Value>) -> Value {
    json!({
        "id": format!("resp_{id}"), "object": "response", "created_at": 0, "model": "none",
        "status": status, "output": output, "error": null, "incomplete_details": null,
        "instructions": null, "metadata": {}, "parallel_tool_calls": false, "tool_choice": "none",
        "tools": [],
    })
}

pub(super) fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Finished => "completed",
        Outcome::Cancelled => "cancelled",
        _ => "failed",
    }
}

fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Failed { reason } => reason,
        outcome => outcome.as_str(),
    }
}

fn data(value: &Value) -> Event {
    Event::data(value.to_string())
}

/// An event that has the name of its type.
fn named(value: &Value) -> Event {
    let name = value["type"].as_str().unwrap_or_default().to_owned();
    data(value).event(EventName::new(name).expect("a type in one line"))
}
