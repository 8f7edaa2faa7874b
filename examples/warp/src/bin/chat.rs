//! A chat: typed events from one enum, and a guard that notices when a tab closes, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/chat.html` too, and change its path in `include_str!`.

use std::io;

use serde::{Deserialize, Serialize};
use sse_hub::{Hub, Start};
use sse_warp::{Event, LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use warp::{Filter, Rejection, Reply, http::StatusCode};

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

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let hub = Hub::new();
    let hub = warp::any().map(move || hub.clone());
    // warp sets no limit itself. Escaped as JSON, 64 KiB of text may be six times as long.
    let message = warp::body::content_length_limit(512 * 1024).and(warp::body::json());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(hub.clone()).and(warp::query()).and(last_event_id());
    let say = warp::path!("messages").and(hub).and(message).map(say);
    warp::get().and(page.or(events.map(self::events))).or(warp::post().and(say))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/chat.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn events(hub: Hub, user: User, last: LastEventId) -> Result<impl Reply, Refusal> {
    check_name(&user.name)?;
    let room = hub.subscribe("room")?.resume(last).start(Start::Last(21)); // 20, and this guest
    publish(&hub, &Chat::Joined { name: &user.name });
    let guest = Guest(hub, user.name);
    Ok(Sse::new(room.map(move |frame| {
        let _ = &guest; // dropped with the stream
        frame
    })))
}

fn say(hub: Hub, message: Message) -> Result<StatusCode, Refusal> {
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

    sse_warp::serve(listener, app()).await
}
