//! A chat: named events from one enum, and a guard that tells when a tab was closed, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Copy `examples/pages/chat.html` too, and write in `include_str!` where you put it.

use std::time::Duration;

use async_stream::stream;
use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    serde::json::Json,
};
use serde::{Deserialize, Serialize};
use sse_hub::{Hub, Start};
use sse_rocket::{Config, Event, Frame, KeepAlive, LastEventId, Sse};

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

/// Rocket manages one state of a type, so this program's hub has a type of its own.
struct Room(Hub);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("chat", move |rocket| async move {
        rocket.manage(Room(Hub::new())).mount(base, routes![page, events, say])
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/chat.html"))
}

/// What was last, then what happens; whoever listens is in the room.
#[get("/events?<name>")]
fn events(
    room: &State<Room>,
    name: String,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Refused> {
    check_name(&name)?;
    let (hub, user) = (room.0.clone(), User { name });
    let room = hub.subscribe("room");
    let room = room.map_err(|error| Custom(Status::ServiceUnavailable, error.to_string()))?;
    let room = room.resume(last).start(Start::Last(20));
    // Rocket notices a closed tab only when it writes, the second time at that: with a comment after
    // each second of silence, the others learn within two that somebody left.
    let config = Config::default();
    let config = config.keep_alive(KeepAlive::every(Duration::from_secs(1)));
    Ok(Sse::new(stream! {
        let mut guest = None;
        for await frame in room {
            yield frame;
            // Not before the first frame: the last 20 events are counted by then, without this one.
            guest.get_or_insert_with(|| Guest::enter(&hub, &user));
        }
    })
    .config(config))
}

#[post("/messages", data = "<message>")]
fn say(room: &State<Room>, message: Json<Message>) -> Result<Status, Refused> {
    check_name(&message.name)?;
    check((1..=64 * 1024).contains(&message.text.len()), "a message has 1 byte to 64 KiB")?;
    publish(&room.0, &Chat::Message(&message));
    Ok(Status::NoContent)
}

type Refused = Custom<String>;

/// Refuses what is too long; a line break would do no harm, as JSON escapes it.
fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    check(valid, "a name has 1 to 40 characters and no control characters")
}

fn check(valid: bool, rule: &str) -> Result<(), Refused> {
    if valid { Ok(()) } else { Err(Custom(Status::BadRequest, rule.to_owned())) }
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
