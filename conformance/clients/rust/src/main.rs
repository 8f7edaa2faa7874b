//! Runs one client from crates.io against a server.
//!
//! ```text
//! rust-clients CLIENT SCENARIO ROOT
//! ```
//! ROOT is the address of the scenario, to which each client adds the path of its dialect. Prints one line
//! of JSON when the first events have arrived, and one at the end.

use std::{env, error::Error, time::Duration};

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::{sleep, timeout};

const PROGRESS: usize = 10;
const LAST: &str = "end";
const PATIENCE: Duration = Duration::from_secs(25);
/// Time enough for a client that asks again after a 204.
const LINGER: Duration = Duration::from_millis(2_500);

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [client, scenario, root] = &arguments[..] else {
        panic!("usage: rust-clients CLIENT SCENARIO ROOT");
    };
    let url = format!("{root}/events");
    let mut seen = Seen::default();
    let patience = if scenario == "204" { LINGER } else { PATIENCE };
    let outcome = match client.as_str() {
        "reqwest-eventsource" => timeout(patience, reqwest_eventsource(&url, &mut seen)).await,
        "eventsource-client" => timeout(patience, eventsource_client(&url, &mut seen)).await,
        other => panic!("no client has the name {other}"),
    };
    let error = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("the client neither ends nor fails".to_owned()),
    };
    if scenario == "204" {
        sleep(LINGER).await;
    }
    println!("{}", json!({ "events": seen.0, "error": error }));
}

/// The texts that were delivered.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    /// Takes one; returns whether it is the last.
    fn event(&mut self, text: String) -> bool {
        let last = text == LAST;
        self.0.push(text);
        if self.0.len() == PROGRESS {
            println!("{}", json!({ "progress": PROGRESS }));
        }
        last
    }
}

/// Errors after which it connects again are no end.
async fn reqwest_eventsource(url: &str, seen: &mut Seen) -> Outcome {
    use reqwest_eventsource::{Event, EventSource};

    let mut source = EventSource::get(url);
    let mut failure = None;
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => {}
            Ok(Event::Message(message)) => {
                if seen.event(message.data) {
                    source.close();
                    return Ok(());
                }
            }
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}

/// Errors after which it connects again are no end.
async fn eventsource_client(url: &str, seen: &mut Seen) -> Outcome {
    use eventsource_client::{Client, ClientBuilder, SSE};

    let transport = launchdarkly_sdk_transport::HyperTransport::builder().build_http()?;
    let client = ClientBuilder::for_url(url)?.build_with_transport(transport);
    let mut stream = client.stream();
    let mut failure = None;
    while let Some(event) = stream.next().await {
        match event {
            Ok(SSE::Event(event)) => {
                if seen.event(event.data) {
                    return Ok(());
                }
            }
            Ok(SSE::Connected(_) | SSE::Comment(_)) => {}
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(()), |error| Err(format!("{error:?}").into()))
}
