//! The handler of a hyper service.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use sse_core::{
    LastEventId, Refusal,
    adapter::{Cut, Scope},
    http::Sse,
};
use sse_hub::Hub;

use super::{Site, subscribe};

type Answer = Response<UnsyncBoxBody<Bytes, Cut>>;

fn events(hub: &Hub, scope: &Scope, request: &Request<()>) -> Result<Answer, Refusal> {
    let events = subscribe(hub, LastEventId::from(request))?;
    Ok(Sse::new(events).into_response(Some(scope)).map(BodyExt::boxed_unsync))
}

async fn app(site: &Site) -> (Hub, Scope) {
    (site.hub.clone(), site.scope.clone())
}

async fn get((hub, scope): &(Hub, Scope), id: String) -> Answer {
    let request = Request::get("/events").header("last-event-id", id).body(()).unwrap();
    events(hub, scope, &request).unwrap_or_else(|refusal| {
        Response::from(refusal).map(|text| text.map_err(|never| match never {}).boxed_unsync())
    })
}

suite!();
