//! A hub's answers to requests, and the end of a hub.

use sse_core::{EndReason, Event};
use sse_hub::{Hub, Principal};

use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request, within},
};

/// A subscription that is not possible is refused with the status of the hub's error.
pub async fn an_impossible_subscription_is_refused(framework: &'static Framework) {
    let hub = Hub::builder().max_topics_per_subscriber(2).build();
    let server = Server::start(framework, Lab::with_hub(hub)).await;
    for (topics, status) in [("", 400), ("a,", 400), ("a%0Ab", 400), ("a,b,c", 400), ("a,b", 200)] {
        check(&server, topics, status).await;
    }
    let hub = Hub::builder().max_subscribers(1).build();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    let _the_only_one = hub.subscribe("a").expect("the first subscriber");
    check(&server, "a", 503).await;
}

/// A hub that drains ends its streams after the published events, and refuses later ones.
pub async fn a_drained_hub_ends_its_streams(framework: &'static Framework) {
    for protocol in Protocol::ALL {
        let hub = Hub::new();
        let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
        let mut response = server.ask(protocol, &Request::get("/hub?topics=a")).await;
        let opening = response.read_to("}\n\n").await.to_owned();
        let id = hub.publish_now("a", Event::data("last")).expect("published");
        hub.drain();
        let expected = format!("{opening}id: {id}\ndata: last\n\n");
        assert_eq!(response.read_all().await, expected, "{}, {protocol:?}", framework.name);
        check(&server, "a", 503).await;
    }
}

/// A revocation ends the streams of its principal after a whole event, and no others.
pub async fn a_revocation_ends_streams_after_a_whole_event(framework: &'static Framework) {
    let name = framework.name;
    let ada = Principal::new("user-ada").expect("short");
    for protocol in Protocol::ALL {
        let hub = Hub::new();
        let lab = Lab::with_hub(hub.clone());
        let mut ends = lab.ends();
        let server = Server::start(framework, lab).await;
        let mut adas = server.ask(protocol, &Request::get("/hub?topics=user-ada,news")).await;
        let opening = adas.read_to("}\n\n").await.to_owned();
        let mut bobs = server.ask(protocol, &Request::get("/hub?topics=user-bob,news")).await;
        bobs.read_to("}\n\n").await;
        let id = hub.publish_now("news", Event::data("1")).expect("published");
        let expected = format!("{opening}id: {id}\ndata: 1\n\n");
        assert_eq!(adas.read_to("data: 1\n\n").await, expected, "{name}, {protocol:?}");
        hub.revoke_now(&ada).expect("in memory");
        hub.publish_now("news", Event::data("2")).expect("published");
        assert_eq!(adas.read_all().await, expected, "{name}, {protocol:?}: after the revocation");
        bobs.read_to("data: 2\n\n").await;
        let end = within(name, "an end", ends.recv()).await.expect("an end");
        assert_eq!(end.reason, EndReason::Finished, "{name}, {protocol:?}");
    }
}

async fn check(server: &Server, topics: &str, expected: u16) {
    let name = server.framework.name;
    for protocol in Protocol::ALL {
        let request = Request::get(format!("/hub?topics={topics}"));
        let seen = server.ask(protocol, &request).await.head.status;
        assert_eq!(seen, expected, "{name}, {protocol:?}: status for the topics {topics:?}");
    }
}
