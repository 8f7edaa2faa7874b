//! A chat: typed events from one enum, and a guard that notices when a tab closes, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/chat.html` too, and change its path in `include_str!`.

use std::time::Duration;

use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    get, post,
    response::content::RawHtml,
    routes,
    serde::json::Json,
};
use serde::{Deserialize, Serialize};
use sse_hub::{Hub, Start};
use sse_rocket::{Config, Event, Frame, KeepAlive, LastEventId, Refusal, Sse};
use tokio_stream::{Stream, StreamExt};

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

/// Rocket manages one state of each type, so this program's hub has its own type.
struct Room(Hub);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("chat", move |rocket| async move {
        rocket.manage(Room(Hub::new())).mount(base, routes![page, events, say])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/chat.html"))
}

#[get("/events?<name>")]
fn events(
    room: &State<Room>,
    name: String,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    check_name(&name)?;
    let hub = room.0.clone();
    let room = hub.subscribe("room")?.resume(last).start(Start::Last(21)); // 20, and this guest
    publish(&hub, &Chat::Joined { name: &name });
    let guest = Guest(hub, name);
    let events = room.map(move |frame| {
        let _ = &guest; // dropped with the stream
        frame
    });
    // Rocket notices a closed tab when it writes: with a comment a second, within a second.
    let keep_alive = KeepAlive::every(Duration::from_secs(1));
    Ok(Sse::new(events).config(Config::default().keep_alive(keep_alive)))
}

#[post("/messages", data = "<message>")]
fn say(room: &State<Room>, message: Json<Message>) -> Result<(), Refusal> {
    check_name(&message.name)?;
    let valid = (1..=64 * 1024).contains(&message.text.len());
    valid.then_some(()).ok_or((400, "a message has 1 byte to 64 KiB"))?;
    publish(&room.0, &Chat::Said(&message));
    Ok(())
}

fn check_name(name: &str) -> Result<(), (u16, &'static str)> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    valid.then_some(()).ok_or((400, "a name has 1 to 40 characters and no control characters"))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
