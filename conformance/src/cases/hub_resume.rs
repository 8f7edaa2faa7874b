//! A client of a hub that reconnects with its last event ID.

use futures_util::{StreamExt, stream};
use sse_core::Event;
use sse_hub::Hub;

use super::{
    hub_gaps::{event, opening, publish},
    opening::OPENING,
};
use crate::{
    Framework, Lab, Server,
    client::{Block, Blocks, Follower, Protocol, Request, within},
    load::report,
};

/// One ID resumes many topics, or another choice of them, in one order, and continues live.
pub async fn one_id_resumes_many_topics(framework: &'static Framework) {
    const TOPICS: [&str; 12] = ["a", "b", "b", "c", "a", "c", "c", "a", "b", "a", "c", "b"];
    let hub = Hub::new();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    let ids = publish(&hub, &TOPICS);
    for protocol in Protocol::ALL {
        for last in 0..TOPICS.len() {
            for wanted in ["a,b,c", "a,c", "b"] {
                // Nobody publishes to the last one before its client follows.
                let live = format!("live{last}{protocol:?}{}", wanted.len());
                let request = Request::get(format!("/hub?topics={wanted},{live}"));
                let request = request.header("last-event-id", &ids[last]);
                let mut response = server.ask(protocol, &request).await;
                let rest = (last + 1..TOPICS.len()).filter(|at| wanted.contains(TOPICS[*at]));
                let rest: String = rest.map(|at| event(&ids[at], TOPICS[at], at)).collect();
                let expected = format!("{OPENING}{}{rest}", opening(&ids[last], true));
                let end = expected.split_inclusive("\n\n").last().unwrap_or_default();
                let at = format!("{}, {protocol:?}: {wanted} after {last}", framework.name);
                assert_eq!(response.read_to(end).await, expected, "{at}");
                let id = hub.publish_now(&live, Event::data("live")).expect("published");
                let expected = format!("{expected}id: {id}\ndata: live\n\n");
                assert_eq!(response.read_to("data: live\n\n").await, expected, "{at}");
            }
        }
    }
}

/// The ID of the event that a stream begins with is enough to resume.
pub async fn a_cut_before_the_first_event_loses_nothing(framework: &'static Framework) {
    for protocol in Protocol::ALL {
        let hub = Hub::new();
        let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
        publish(&hub, &["a"; 3]);
        let mut follower = Follower::new(&server, "/hub?topics=a").over(protocol);
        while follower.last_event_id().is_none() {
            follower.read().await;
        }
        follower.cut();
        let id = hub.publish_now("a", Event::data("meanwhile")).expect("published");
        let expected = Block {
            id: Some(id.to_string()),
            data: Some("meanwhile".to_owned()),
            ..Block::default()
        };
        let seen = follower.events(1).await;
        assert_eq!(seen, [expected], "{}, {protocol:?}", framework.name);
    }
}

/// However a stream of 50 events is cut, the parts before and after the cut make the whole.
pub async fn a_cut_at_every_byte_loses_nothing(framework: &'static Framework) {
    let name = framework.name;
    let hub = Hub::new();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    let server = &server;
    for number in 0..EVENTS {
        hub.publish_now(["a", "b"][number % 2], various(number)).expect("published");
    }
    // As browsers speak.
    for protocol in [Protocol::Http11, Protocol::Http2] {
        let mut whole = server.ask(protocol, &Request::get(TARGET)).await;
        let whole = whole.read_to(LAST).await.to_owned();
        let expected = events(&whole);
        assert_eq!(expected.len(), EVENTS, "{name}, {protocol:?}: {whole}");

        let cuts = stream::iter(0..=whole.len()).map(async |cut| {
            let mut follower = Follower::new(server, TARGET).over(protocol);
            follower.cut_after(cut);
            let seen = within(name, "all events", follower.events(EVENTS)).await;
            assert_eq!(seen, expected, "{name}, {protocol:?}: cut after {cut} bytes");
            (follower.connects, follower.cuts_within_block)
        });
        let counts: Vec<_> = cuts.buffer_unordered(AT_ONCE).collect().await;
        let (cuts, connects) = (counts.len(), counts.iter().map(|count| count.0).sum::<usize>());
        let within = counts.iter().map(|count| count.1).sum::<usize>();
        assert_eq!(connects, 2 * cuts - 1, "{name}, {protocol:?}: connections for {cuts} cuts");
        report(&format!(
            "{name}, {protocol:?}: a stream of {EVENTS} events cut at each of {cuts} bytes, \
             {within} times within an event"
        ));
    }
}

const TARGET: &str = "/hub?topics=a,b&start=earliest";

const EVENTS: usize = 50;

/// The end of the last event.
const LAST: &str = "data: 49\n\n";

/// How many streams are cut at once.
const AT_ONCE: usize = 50;

/// An event with fields of all kinds to be cut in.
fn various(number: usize) -> Event {
    match number % 5 {
        0 => Event::data(format!("{number}\n\n")),
        1 => Event::data(format!("naïve 😀 {number}")),
        2 => Event::data("").event("empty"),
        3 => Event::data(format!(" id: {number}")).event("ключ"),
        _ => Event::data(number.to_string()),
    }
}

fn events(body: &str) -> Vec<Block> {
    let blocks = Blocks::default().feed(body.as_bytes());
    blocks.into_iter().filter(|block| block.data.is_some()).collect()
}
