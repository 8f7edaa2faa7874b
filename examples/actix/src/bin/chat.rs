//! A chat: named events from one enum, and a guard that tells when a tab was closed, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! ```
//!
//! Copy `examples/pages/chat.html` too, and write in `include_str!` where you put it.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, Result,
    error::{ErrorBadRequest, ErrorServiceUnavailable},
    get,
    http::header::SERVER,
    post,
    web::{Data, Html, Json, Query, ServiceConfig},
};
use async_stream::stream;
use serde::{Deserialize, Serialize};
use sse_actix::{Event, LastEventId, Sse};
use sse_hub::{Hub, Start};

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

/// Call it once, not on each of actix's threads: they share the hub.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let hub = Data::new(Hub::new());
    move |config| {
        config.app_data(hub.clone()).service(page).service(events).service(say);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/chat.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// What was last, then what happens; whoever listens is in the room.
#[get("/events")]
async fn events(hub: Data<Hub>, user: Query<User>, last: LastEventId) -> Result<impl Responder> {
    check_name(&user.name)?;
    let room = hub.subscribe("room").map_err(ErrorServiceUnavailable)?;
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

#[post("/messages")]
async fn say(hub: Data<Hub>, message: Json<Message>) -> Result<impl Responder> {
    check_name(&message.name)?;
    check((1..=64 * 1024).contains(&message.text.len()), "a message has 1 byte to 64 KiB")?;
    publish(&hub, &Chat::Message(&message));
    Ok(HttpResponse::NoContent())
}

/// Refuses what is too long; a line break would do no harm, as JSON escapes it.
fn check_name(name: &str) -> Result<()> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    check(valid, "a name has 1 to 40 characters and no control characters")
}

fn check(valid: bool, rule: &'static str) -> Result<()> {
    if valid { Ok(()) } else { Err(ErrorBadRequest(rule)) }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
