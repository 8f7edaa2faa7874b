//! A chat: named events from one enum, and a guard that tells when a tab was closed, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! ```
//!
//! Copy `examples/pages/chat.html` too, and write in `include_str!` where you put it.

use std::io;

use async_stream::stream;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use sse_axum::{Event, LastEventId, Sse};
use sse_hub::{Hub, Start};
use tokio::net::TcpListener;

#[derive(Clone, Deserialize, Serialize)]
struct User {
    name: String,
}

#[derive(Deserialize, Serialize)]
struct Message {
    name: String,
    text: String,
}

/// All that happens in the room: a variant's name is the event's type, its content the JSON.
#[derive(Serialize)]
enum Chat<'a> {
    #[serde(rename = "userconnect")]
    Connect(&'a User),
    #[serde(rename = "usermessage")]
    Message(&'a Message),
    #[serde(rename = "userdisconnect")]
    Disconnect(&'a User),
}

fn publish(hub: &Hub, chat: &Chat) {
    let event = Event::typed(chat).expect("an enum of texts");
    hub.publish_now("room", event).expect("checked texts are short; the hub never drains");
}

/// Is in the room until dropped, which the end of the stream does, whatever the reason.
struct Guest(Hub, User);

impl Guest {
    fn enter(hub: &Hub, user: &User) -> Self {
        publish(hub, &Chat::Connect(user));
        Self(hub.clone(), user.clone())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        publish(&self.0, &Chat::Disconnect(&self.1));
    }
}

pub(crate) fn app() -> Router {
    let routes = Router::new().route("/", get(page)).route("/events", get(events));
    routes.route("/messages", post(say)).with_state(Hub::new())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/chat.html")))
}

/// What was last, then what happens; whoever listens is in the room.
async fn events(
    State(hub): State<Hub>,
    Query(user): Query<User>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refused> {
    check_name(&user.name)?;
    let room = hub.subscribe("room");
    let room = room.map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let room = room.resume(last).start(Start::Last(20));
    Ok(Sse::new(stream! {
        let mut guest = None;
        for await frame in room {
            yield frame;
            // Not before the first frame: the last 20 events are counted by then, without this one.
            guest.get_or_insert_with(|| Guest::enter(&hub, &user));
        }
    }))
}

async fn say(State(hub): State<Hub>, Json(message): Json<Message>) -> Result<StatusCode, Refused> {
    check_name(&message.name)?;
    check((1..=64 * 1024).contains(&message.text.len()), "a message has 1 byte to 64 KiB")?;
    publish(&hub, &Chat::Message(&message));
    Ok(StatusCode::NO_CONTENT)
}

type Refused = (StatusCode, String);

/// Refuses what is too long; a line break would do no harm, as JSON escapes it.
fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    check(valid, "a name has 1 to 40 characters and no control characters")
}

fn check(valid: bool, rule: &str) -> Result<(), Refused> {
    if valid { Ok(()) } else { Err((StatusCode::BAD_REQUEST, rule.to_owned())) }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
