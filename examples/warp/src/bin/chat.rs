//! A chat: named events from one enum, and a guard that tells when a tab was closed, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/chat.html` too, and write in `include_str!` where you put it.

use std::io;

use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_hub::{Hub, Start};
use sse_warp::{Event, LastEventId, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{
    Filter, Rejection, Reply,
    http::StatusCode,
    reply::{WithStatus, with_status},
};

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

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let hub = Hub::new();
    let hub = warp::any().map(move || hub.clone());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(hub.clone()).and(warp::query()).and(last_event_id());
    // warp itself takes bodies of any size; escaped as JSON, 64 KiB of text may be six times as much.
    let message = warp::body::content_length_limit(512 * 1024).and(warp::body::json());
    let messages = warp::path!("messages").and(hub).and(message).map(say);
    warp::get().and(page.or(events.map(self::events))).or(warp::post().and(messages))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/chat.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// What was last, then what happens; whoever listens is in the room.
fn events(hub: Hub, user: User, last: LastEventId) -> Result<impl Reply, Refused> {
    check_name(&user.name)?;
    let room = hub.subscribe("room");
    let room =
        room.map_err(|error| with_status(error.to_string(), StatusCode::SERVICE_UNAVAILABLE))?;
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

fn say(hub: Hub, message: Message) -> Result<StatusCode, Refused> {
    check_name(&message.name)?;
    check((1..=64 * 1024).contains(&message.text.len()), "a message has 1 byte to 64 KiB")?;
    publish(&hub, &Chat::Message(&message));
    Ok(StatusCode::NO_CONTENT)
}

type Refused = WithStatus<String>;

/// Refuses what is too long; a line break would do no harm, as JSON escapes it.
fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    check(valid, "a name has 1 to 40 characters and no control characters")
}

fn check(valid: bool, rule: &str) -> Result<(), Refused> {
    if valid { Ok(()) } else { Err(with_status(rule.to_owned(), StatusCode::BAD_REQUEST)) }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
