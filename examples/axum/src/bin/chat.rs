//! A chat: typed events from one enum, and a guard that notices when a tab closes, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/chat.html` too, and change its path in `include_str!`.

use std::io;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use sse_axum::{Event, LastEventId, Refusal, Sse};
use sse_hub::{Hub, Start};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;

#[derive(Deserialize)]
struct User {
    name: String,
}

#[derive(Deserialize, Serialize)]
struct Message {
    name: String,
    text: String,
}

/// All events of the room: a variant's name is the event's type, its content is the JSON.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Chat<'a> {
    Joined { name: &'a str },
    Said(&'a Message),
    Left { name: &'a str },
}

fn publish(hub: &Hub, chat: &Chat) {
    let event = Event::typed(chat).expect("an enum of texts");
    hub.publish_now("room", event).expect("a short event; the hub is not drained");
}

/// A guest, who leaves the room when this is dropped with the stream, however that ends.
struct Guest(Hub, String);

impl Drop for Guest {
    fn drop(&mut self) {
        publish(&self.0, &Chat::Left { name: &self.1 });
    }
}

pub(crate) fn app() -> Router {
    let routes = Router::new().route("/", get(page)).route("/events", get(events));
    routes.route("/messages", post(say)).with_state(Hub::new())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/chat.html")))
}

async fn events(
    State(hub): State<Hub>,
    Query(user): Query<User>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    check_name(&user.name)?;
    let room = hub.subscribe("room")?.resume(last).start(Start::Last(21)); // 20, and this guest
    publish(&hub, &Chat::Joined { name: &user.name });
    let guest = Guest(hub, user.name);
    Ok(Sse::new(room.map(move |frame| {
        let _ = &guest; // dropped with the stream
        frame
    })))
}

async fn say(State(hub): State<Hub>, Json(message): Json<Message>) -> Result<StatusCode, Refusal> {
    check_name(&message.name)?;
    let valid = (1..=64 * 1024).contains(&message.text.len());
    valid.then_some(()).ok_or((400, "a message has 1 byte to 64 KiB"))?;
    publish(&hub, &Chat::Said(&message));
    Ok(StatusCode::NO_CONTENT)
}

fn check_name(name: &str) -> Result<(), (u16, &'static str)> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    valid.then_some(()).ok_or((400, "a name has 1 to 40 characters and no control characters"))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
