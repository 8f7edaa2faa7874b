//! Rocket's local client.

use rocket::{
    State, get as on_get,
    http::Header,
    local::asynchronous::{Client, LocalResponse},
    routes,
};
use sse_hub::{Hub, Subscription};
use sse_rocket::{LastEventId, Refusal, Sse};

use super::{Site, subscribe};

#[on_get("/events")]
fn events(hub: &State<Hub>, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(subscribe(hub, last)?))
}

async fn app(site: &Site) -> Client {
    let rocket = rocket::build().mount("/", routes![events]).manage(site.hub.clone());
    Client::tracked(rocket.manage(site.scope.clone())).await.unwrap()
}

async fn get(app: &Client, id: String) -> LocalResponse<'_> {
    app.get("/events").header(Header::new("last-event-id", id)).dispatch().await
}

suite!();
