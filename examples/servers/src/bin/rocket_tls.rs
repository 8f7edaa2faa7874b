//! Rocket over TLS, with HTTP/2: as without, since the certificate is part of its configuration.

use std::time::Duration;

use rocket::{Build, Rocket, futures::Stream, get, routes, tokio::time::interval};
use sse_rocket::{Event, Sse};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

#[get("/events")]
fn events() -> Sse<impl Stream<Item = Event>> {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub fn rocket() -> Rocket<Build> {
    // Rocket.toml and the environment, as `ROCKET_TLS={certs="..",key=".."}`, set these as well.
    let config = rocket::Config::figment()
        .merge(("port", 3000))
        .join(("tls.certs", "cert.pem"))
        .join(("tls.key", "key.pem"));
    rocket::custom(config).mount("/", routes![events])
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    sse_rocket::launch(rocket()).await
}
