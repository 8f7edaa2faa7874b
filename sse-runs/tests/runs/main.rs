//! Runs as their users see them.

mod begin;
mod disconnect;
mod nodes;
mod read;
mod stop;
mod write;

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use sse_core::Event;
use sse_hub::{Hub, Principal};
use sse_runs::{ReadFrom, Reading, RunError, RunEvent, RunSettings, Runs, Writer};

fn ada() -> Principal {
    Principal::new("ada").expect("short")
}

fn runs() -> Runs {
    Runs::new(Hub::new())
}

async fn begin(runs: &Runs) -> (Writer, String) {
    let writer = runs.begin(&ada(), RunSettings::default()).await.expect("begins");
    let id = writer.id().to_string();
    (writer, id)
}

async fn publish(writer: &mut Writer, data: &'static str) -> u64 {
    writer.publish(Event::data(data)).await.expect("published")
}

async fn read(runs: &Runs, id: &str, from: ReadFrom) -> Result<Reading, RunError> {
    runs.read(&ada(), id, from).await
}

/// Returns the status of the answer to a reader.
async fn status(runs: &Runs, id: &str, from: ReadFrom) -> u16 {
    read(runs, id, from).await.err().map_or(200, |error| error.status())
}

/// Returns the number and the data of an event, or the outcome for the last one.
fn text(event: &RunEvent) -> String {
    let data = event.event.data.as_deref().unwrap_or_default();
    match &event.outcome {
        Some(outcome) => format!("{} {}", event.number, outcome.as_str()),
        None => format!("{} {data}", event.number),
    }
}

/// Returns the events that are ready.
fn ready(reading: &mut Reading) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(Some(event)) = reading.next().now_or_never() {
        events.push(text(&event.expect("nothing is evicted")));
    }
    events
}

/// Returns all events of a run, to its end.
async fn all(runs: &Runs, id: &str, from: ReadFrom) -> Vec<String> {
    let reading = read(runs, id, from).await.expect("reads");
    let events: Vec<_> = reading.try_collect().await.expect("nothing is evicted");
    events.iter().map(text).collect()
}
