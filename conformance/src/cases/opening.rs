//! What a client gets before there is any event.

use crate::{
    Framework, Lab, Server,
    client::{Protocol, Request},
};

/// The body of a stream without any event.
pub const OPENING: &str = "retry: 3000\n";

/// Headers and `retry:` arrive while the stream has nothing yet.
pub async fn leaves_before_the_first_event(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    for protocol in Protocol::ALL {
        let mut response = server.ask(protocol, &Request::get("/streams/idle")).await;
        let seen = response.read_to("\n").await;
        assert_eq!(seen, OPENING, "{}, {protocol:?}: first bytes", framework.name);
    }
}
