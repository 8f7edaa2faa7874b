//! A chat: typed events from one enum, and a guard that notices when a tab closes, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/chat.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    web::{Data, Html, Json, Query, ServiceConfig},
};
use serde::{Deserialize, Serialize};
use sse_actix::{Event, LastEventId, Refusal, Sse};
use sse_hub::{Hub, Start};
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

/// Call this once, not on each of actix's threads, because they share the hub.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let hub = Data::new(Hub::new());
    move |config| {
        config.app_data(hub.clone()).service((page, events, say));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/chat.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/events")]
async fn events(
    hub: Data<Hub>,
    Query(user): Query<User>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    check_name(&user.name)?;
    let room = hub.subscribe("room")?.resume(last).start(Start::Last(21)); // 20, and this guest
    publish(&hub, &Chat::Joined { name: &user.name });
    let guest = Guest(Hub::clone(&hub), user.name);
    Ok(Sse::new(room.map(move |frame| {
        let _ = &guest; // dropped with the stream
        frame
    })))
}

#[post("/messages")]
async fn say(hub: Data<Hub>, message: Json<Message>) -> Result<impl Responder, Refusal> {
    check_name(&message.name)?;
    let valid = (1..=64 * 1024).contains(&message.text.len());
    valid.then_some(()).ok_or((400, "a message has 1 byte to 64 KiB"))?;
    publish(&hub, &Chat::Said(&message));
    Ok(HttpResponse::NoContent())
}

fn check_name(name: &str) -> Result<(), (u16, &'static str)> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    valid.then_some(()).ok_or((400, "a name has 1 to 40 characters and no control characters"))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
