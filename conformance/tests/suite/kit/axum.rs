//! axum's `Router` as a service.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::get as on_get,
};
use sse_axum::{LastEventId, Refusal, ScopeLayer, Sse};
use sse_hub::{Hub, Subscription};
use tower::ServiceExt;

use super::{Site, subscribe};

async fn events(State(hub): State<Hub>, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(subscribe(&hub, last)?))
}

async fn app(site: &Site) -> Router {
    let app = Router::new().route("/events", on_get(events)).with_state(site.hub.clone());
    app.layer(ScopeLayer::new(site.scope.clone()))
}

async fn get(app: &Router, id: String) -> Response {
    let request = Request::get("/events").header("last-event-id", id).body(Body::empty());
    app.clone().oneshot(request.unwrap()).await.unwrap()
}

suite!();
