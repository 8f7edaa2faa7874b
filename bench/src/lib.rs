//! The shared parts of the benchmarks: the events that are encoded and decoded, the servers, and the
//! client that loads them.

pub mod client;
pub mod contestant;
pub mod costs;
pub mod deliver;
pub mod operate;
pub mod report;
pub mod runs;
pub mod servers;
pub mod session;
pub mod system;
pub mod times;
pub mod workloads;

use serde::Serialize;

pub use crate::{
    client::Counts,
    contestant::{Contestant, Framework, Kind},
    session::{Measured, Session},
};

/// The fields of an event that the encoders encode.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name of the row in the report.
    pub name: &'static str,
    /// The event type, if it has one.
    pub event: Option<&'static str>,
    /// The ID, if it has one.
    pub id: Option<&'static str>,
    /// The data, which has one or more lines.
    pub data: String,
}

/// Returns the three events that are encoded.
pub fn inputs() -> [Input; 3] {
    let json = serde_json::to_string(&Order::example()).expect("strings and numbers are JSON");
    [
        Input {
            name: "event + id + 256 B",
            event: Some("price"),
            id: Some("01JD4QVZ.1234567"),
            data: "x".repeat(256),
        },
        Input { name: "16 lines of 15 B", event: None, id: None, data: lines(16, 15) },
        Input { name: "JSON, 300 B", event: None, id: None, data: json },
    ]
}

fn lines(count: usize, bytes: usize) -> String {
    vec!["y".repeat(bytes); count].join("\n")
}

/// A struct that takes about 300 bytes as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    id: u64,
    customer: String,
    items: Vec<Item>,
    note: String,
}

#[derive(Clone, Debug, Serialize)]
struct Item {
    sku: String,
    quantity: u32,
    price: f64,
}

impl Order {
    /// Returns the struct that the JSON rows serialize.
    pub fn example() -> Self {
        let item =
            |n: u32| Item { sku: format!("SKU-{n:06}"), quantity: n, price: f64::from(n) * 9.99 };
        Self {
            id: 4_711,
            customer: "Ada Lovelace".to_owned(),
            items: (1..=4).map(item).collect(),
            note: "leave it at the back door, please, and ring twice".to_owned(),
        }
    }
}

/// A stream to decode, which consists of whole events of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Events without a type, with one line of this many bytes.
    Lines(usize),
    /// Small events like those of a language model's answer: JSON, with an ID and an event type.
    Tokens,
}

impl Corpus {
    /// Returns its name for the report.
    pub fn name(self) -> String {
        match self {
            Self::Lines(bytes @ 1_024..) => format!("{} KiB", bytes / 1_024),
            Self::Lines(bytes) => format!("{bytes} B"),
            Self::Tokens => "tokens".to_owned(),
        }
    }

    /// Returns the stream, of at least this many bytes, and the number of its events.
    pub fn stream(self, bytes: usize) -> (Vec<u8>, usize) {
        let mut out = Vec::with_capacity(bytes + 64 * 1_024);
        let mut events = 0;
        while out.len() < bytes {
            match self {
                Self::Lines(len) => {
                    out.extend_from_slice(b"data: ");
                    out.extend((0..len).map(|at| b'a' + ((events + at) % 26) as u8));
                    out.extend_from_slice(b"\n\n");
                }
                Self::Tokens => {
                    let token = ["The", " quick", " brown", " fox", " jumps", ",", " over"];
                    let token = token[events % token.len()];
                    let text = format!(
                        "event: delta\nid: {events}\ndata: {{\"index\":0,\"text\":\"{token}\"}}\n\n"
                    );
                    out.extend_from_slice(text.as_bytes());
                }
            }
            events += 1;
        }
        (out, events)
    }
}
