//! A source that is always ready but takes time for each event.

use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
    scenario::SLOW,
};

/// The head and the first events arrive while the source works on the next ones.
pub async fn a_slow_source_delays_neither_the_head_nor_its_events(framework: &'static Framework) {
    for protocol in Protocol::ALL {
        let lab = Lab::new();
        let server = Server::start(framework, lab.clone()).await;
        let mut response = server.ask(protocol, &Request::get("/streams/slow")).await;
        // The source blocks its thread before the last event, until this client has those before it
        // but one: the chunk of that one has not been flushed yet.
        let seen = format!("data: event {}\n\n", SLOW - 3);
        while !response.text().contains(&seen) {
            response.next().await.expect("more of the stream");
        }
        lab.step();
        let body = response.read_all().await;
        let events = body.matches("data: event ").count();
        assert_eq!(events, SLOW as usize, "{}, {protocol:?}: {body}", framework.name);
    }
}
