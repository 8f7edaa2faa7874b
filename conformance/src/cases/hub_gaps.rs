//! Gap events, for clients that cannot have all events.

use sse_core::Event;
use sse_hub::{Hub, Retention};

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
};

/// A gap event comes first after an ID that cannot be resumed from, and only once: its own ID resumes after the gap.
pub async fn a_gap_comes_first(framework: &'static Framework) {
    let (hub, server) = start(framework).await;
    let ids = publish(&hub, &["a"; 10]);
    let epoch = ids[0].strip_suffix(".1").expect("the first position is 1");
    let other = publish(&Hub::new(), &["a"]);
    let kept: String = (7..10).map(|at| event(&ids[at], "a", at)).collect();
    for (reason, requested) in [
        ("trimmed", &ids[1]),
        ("foreign", &other[0]),
        ("future", &format!("{epoch}.11")),
        ("malformed", &"41".to_owned()),
    ] {
        let gap = gap(reason, &["a"], requested, &ids[6]);
        check(&server, "a", requested, &format!("{gap}{kept}")).await;
    }
    let opening = opening(&ids[6], true);
    check(&server, "a", &ids[6], &format!("{opening}{kept}")).await;
}

/// If one of many topics has lost events, the gap event comes right before that topic's next event.
pub async fn a_gap_comes_right_before_the_next_event_of_its_topic(framework: &'static Framework) {
    let (hub, server) = start(framework).await;
    let ids = publish(&hub, &["a", "b", "a", "a", "b", "a", "a", "a"]);
    let expected = [
        opening(&ids[0], true),
        event(&ids[1], "b", 1),
        gap("trimmed", &["a"], &ids[1], &ids[3]),
        event(&ids[4], "b", 4),
        event(&ids[5], "a", 5),
        event(&ids[6], "a", 6),
        event(&ids[7], "a", 7),
    ];
    check(&server, "a,b", &ids[0], &expected.concat()).await;
}

/// A hub that keeps three events a topic.
async fn start(framework: &'static Framework) -> (Hub, Server) {
    let hub = Hub::builder().retention(Retention::default().events(3)).build();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    (hub, server)
}

async fn check(server: &Server, topics: &str, last_event_id: &str, expected: &str) {
    for protocol in Protocol::ALL {
        let request = Request::get(format!("/hub?topics={topics}"));
        let request = request.header("last-event-id", last_event_id);
        let mut response = server.ask(protocol, &request).await;
        let last = expected.split_inclusive("\n\n").last().unwrap_or_default();
        let (name, seen) = (server.framework.name, response.read_to(last).await);
        let expected = format!("{OPENING}{expected}");
        assert_eq!(seen, expected, "{name}, {protocol:?}: after {last_event_id}");
    }
}

/// Publishes an event to each of the topics; returns their IDs.
pub(super) fn publish(hub: &Hub, topics: &[&str]) -> Vec<String> {
    let publish = |(at, topic): (usize, &&str)| {
        let id = hub.publish_now(topic, Event::data(format!("{topic} {at}")));
        id.expect("published").to_string()
    };
    topics.iter().enumerate().map(publish).collect()
}

/// The event that [`publish`] has published, as it is sent.
pub(super) fn event(id: &str, topic: &str, at: usize) -> String {
    format!("id: {id}\ndata: {topic} {at}\n\n")
}

/// The event that a subscription begins with.
pub(super) fn opening(id: &str, resumed: bool) -> String {
    format!("event: subscribed\nid: {id}\ndata: {{\"resumed\":{resumed}}}\n\n")
}

fn gap(reason: &str, topics: &[&str], requested: &str, resumed_at: &str) -> String {
    format!(
        "event: gap\nid: {resumed_at}\n\
         data: {{\"reason\":{reason:?},\"topics\":{topics:?},\
         \"requested\":{requested:?},\"resumed_at\":{resumed_at:?}}}\n\n"
    )
}
