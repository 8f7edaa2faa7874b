//! An answer instead of a stream, as an error of a handler.

use sse_core::Refusal;
use sse_hub::Hub;

use super::head::check;
use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
    scenario,
};

/// Status, headers and message are as the refusal says, and nothing is added but what the framework
/// always adds.
pub async fn is_exact_over_each_protocol(framework: &'static Framework) {
    let lab = Lab::new();
    let server = Server::start(framework, lab.clone()).await;
    for name in ["unknown", "busy", "words", "finished"] {
        let refusal = scenario::job(name, &lab).err().expect("a refusal");
        is_answered(&server, &format!("/jobs/{name}"), refusal).await;
    }
    let mut job = server.get("/jobs/running").await;
    assert_eq!(job.read_all().await, "retry: 3000\ndata: done\n\n", "{}", framework.name);
}

/// So are those of a hub: a message about the request, but not about the server.
pub async fn of_a_hub_is_its_error(framework: &'static Framework) {
    let hub = Hub::builder().max_topics_per_subscriber(2).build();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    let too_many = hub.subscribe(["a", "b", "c"]).expect_err("two at most");
    is_answered(&server, "/hub?topics=a,b,c", too_many.into()).await;
    hub.drain();
    let drained = hub.subscribe("a").expect_err("drained");
    is_answered(&server, "/hub?topics=a", drained.into()).await;
}

pub(super) async fn is_answered(server: &Server, target: &str, refusal: Refusal) {
    let framework = server.framework;
    let length = refusal.message().len().to_string();
    let retry_after = refusal.headers().find(|(name, _)| *name == "retry-after");
    for protocol in Protocol::ALL {
        let mut response = server.ask(protocol, &Request::get(target)).await;
        let mut expected = vec![("cache-control", Some("no-store"))];
        expected
            .extend(framework.own_headers.iter().filter(|(name, _)| *name != "content-encoding"));
        if refusal.status() != 204 {
            expected.push(("content-type", Some("text/plain; charset=utf-8")));
            expected.push(("content-length", Some(&length)));
        } else if protocol == Protocol::Http2 {
            expected.extend(framework.stop_headers_over_http_2);
        }
        expected.extend(retry_after.as_ref().map(|(name, value)| (*name, Some(value.as_ref()))));
        check(framework, protocol, &response.head, refusal.status(), expected);
        let message = response.read_all().await;
        assert_eq!(message, refusal.message(), "{}, {protocol:?}: {target}", framework.name);
    }
}
