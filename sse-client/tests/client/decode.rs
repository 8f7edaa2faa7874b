//! Bytes, however they arrive.

use std::collections::HashMap;

use futures_util::StreamExt;
use serde::Deserialize;
use sse_client::{ClientError, Event, EventId, EventTooLong};

use crate::script::{Script, eager, stream};

/// A row of the decoder's own table.
#[derive(Deserialize)]
struct Case {
    /// Each character is one byte.
    input: String,
    /// `null` is an event that is too long.
    events: Vec<Option<Row>>,
    /// The last event ID before the stream.
    #[serde(default)]
    before: String,
    max: Option<usize>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    data: String,
    event: Option<String>,
    id: Option<String>,
}

impl Case {
    /// Returns the events of one response with these chunks.
    async fn read(&self, chunks: &[&[u8]]) -> Vec<Option<Row>> {
        let mut client = eager(Script::new([stream(chunks)]).client());
        if let Some(max) = self.max {
            client = client.max_event_size(max);
        }
        if let Ok(id) = EventId::new(self.before.clone()) {
            client = client.last_event_id(id);
        }
        let row = |event: Result<Event, ClientError>| match event {
            Ok(event) => Some(Row {
                data: event.data.unwrap().as_str().to_owned(),
                event: event.event.map(|name| (*name).to_owned()),
                id: event.id.map(|id| (*id).to_owned()),
            }),
            Err(ClientError::TooLong(_)) => None,
            Err(error) => panic!("{error}"),
        };
        client.events().map(row).collect().await
    }
}

#[tokio::test(start_paused = true)]
async fn every_case_of_the_decoder_is_read_alike_at_every_cut() {
    let table = include_str!("../../../sse-core/src/decoder/cases.json");
    let table: HashMap<String, Vec<Case>> = serde_json::from_str(table).unwrap();
    let mut cuts = 0;
    for case in table.values().flatten() {
        let input: Vec<_> = case.input.chars().map(|c| u8::try_from(c).unwrap()).collect();
        for cut in 0..=input.len() {
            let (head, tail) = input.split_at(cut);
            let read = case.read(&[head, tail]).await;
            assert_eq!(read, case.events, "{:?} cut at byte {cut}", case.input);
            cuts += 1;
        }
        let bytes: Vec<_> = input.chunks(1).collect();
        assert_eq!(case.read(&bytes).await, case.events, "{:?} byte by byte", case.input);
    }
    println!("{} rules of the decoder, {cuts} cuts", table.len());
    assert!(cuts > 1_000, "only {cuts} cuts");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_long_is_one_error_and_the_stream_continues() {
    let chunks: [&[u8]; 3] = [b"data: a\n\ndata: ", &[b'x'; 100], b"\n\ndata: b\n\n"];
    let script = Script::new([stream(&chunks)]);
    let mut events = eager(script.client()).max_event_size(32).events();
    assert_eq!(events.next().await.unwrap().unwrap(), Event::data("a"));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::TooLong(EventTooLong { limit: 32, .. })), "{error}");
    assert!(error.to_string().contains("raise Client::max_event_size"), "{error}");
    assert_eq!(events.next().await.unwrap().unwrap(), Event::data("b"));
    assert!(events.next().await.is_none());
}
