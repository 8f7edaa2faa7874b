//! What the benchmarks have in common: the events that are encoded and decoded, the servers, and the
//! client that loads them.

pub mod client;
pub mod contestant;
pub mod costs;
pub mod report;
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

/// The data of an event, as the encoders get it.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the report.
    pub name: &'static str,
    /// The event type, if it has one.
    pub event: Option<&'static str>,
    /// The ID, if it has one.
    pub id: Option<&'static str>,
    /// The data: one line or several.
    pub data: String,
}

/// The three events that are encoded.
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

/// A struct of about 300 bytes as JSON.
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
    /// The struct that the JSON rows serialize.
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

/// Streams that are decoded: whole events of one size, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Unnamed events with one line of so many bytes.
    Lines(usize),
    /// As a language model's answer comes: small JSON with an ID and an event type.
    Tokens,
}

impl Corpus {
    /// What it is, for the report.
    pub fn name(self) -> String {
        match self {
            Self::Lines(bytes @ 1_024..) => format!("{} KiB", bytes / 1_024),
            Self::Lines(bytes) => format!("{bytes} B"),
            Self::Tokens => "tokens".to_owned(),
        }
    }

    /// Returns the stream, about so long, and how many events it has.
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
