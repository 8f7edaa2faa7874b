//! A source that works for each event and is always ready.

use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
    scenario::SLOW,
};

/// The head and the first events leave while the source works on the next ones.
pub async fn a_slow_source_delays_neither_the_head_nor_its_events(framework: &'static Framework) {
    for protocol in Protocol::ALL {
        let lab = Lab::new();
        let server = Server::start(framework, lab.clone()).await;
        let at = format!("{}, {protocol:?}", framework.name);
        let mut response = server.ask(protocol, &Request::get("/streams/slow")).await;
        for (seen, mut events) in [("the head", 0), ("an event", 1), ("ten events", 10)] {
            while response.text().matches("data: ").count() < events {
                response.next().await.expect("more of the stream");
            }
            events += AHEAD;
            let polls = lab.polls();
            assert!(polls <= events, "{at}: the source was polled {polls} times before {seen}");
        }
        response.read_all().await;
        let events = response.text().matches("data: ").count();
        assert_eq!(events, SLOW.0, "{at}: events");
    }
}

/// How many events a source may make before one reaches the client: a chunk's eight, and as many as a
/// busy machine makes while this test waits for its turn.
const AHEAD: usize = 8 + 40;
