//! warp's routes as a service.

use http::Request;
use sse_hub::{Hub, Subscription};
use sse_warp::{LastEventId, Refusal, Sse, in_scope, last_event_id};
use tower::ServiceExt;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{Site, subscribe};

fn events(hub: &Hub, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(subscribe(hub, last)?))
}

async fn app(site: &Site) -> BoxedFilter<(Response,)> {
    let (hub, scope) = (site.hub.clone(), site.scope.clone());
    let routes = warp::path!("events").and(last_event_id()).map(move |last| events(&hub, last));
    routes.map(move |reply| in_scope(&scope, reply)).boxed()
}

async fn get(app: &BoxedFilter<(Response,)>, id: String) -> Response {
    let request = Request::get("/events").header("last-event-id", id).body(String::new());
    warp::service(app.clone()).oneshot(request.unwrap()).await.unwrap()
}

suite!();
