//! A server that runs in its own thread.

use std::{net::SocketAddr, thread, time::Duration};

use tokio::{sync::oneshot, time::Instant};

use crate::{
    Framework, Lab,
    client::{Protocol, Request, Response, within},
};

/// What stops a server.
#[derive(Debug)]
pub enum Stop {
    /// A message, or the end of its sender.
    Message(oneshot::Receiver<()>),
    /// SIGINT or SIGTERM.
    Signal,
}

impl Stop {
    /// Returns the message to wait for, instead of the signals that a server waits for by default.
    pub fn message(self) -> Option<oneshot::Receiver<()>> {
        match self {
            Self::Message(message) => Some(message),
            Self::Signal => None,
        }
    }
}

/// A server that runs in its own thread, with everything that a process would have.
#[derive(Debug)]
pub struct Server {
    /// Its framework.
    pub framework: &'static Framework,
    /// What it shares with its test.
    pub lab: Lab,
    /// The address that it listens on.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<Outcome>,
}

/// A server that is stopping.
#[derive(Debug)]
pub struct Stopping {
    framework: &'static Framework,
    since: Instant,
    stopped: oneshot::Receiver<Outcome>,
}

type Outcome = (Instant, Result<(), String>);

impl Server {
    /// Starts a server and waits until it accepts.
    pub async fn start(framework: &'static Framework, lab: Lab) -> Self {
        let (tell_address, address) = oneshot::channel();
        let (stop, message) = oneshot::channel();
        let (tell_end, stopped) = oneshot::channel();
        let serves = lab.clone();
        thread::spawn(move || {
            let started =
                Box::new(move |address| tell_address.send(address).expect("a test that waits"));
            let result = (framework.serve)(serves, started, Stop::Message(message));
            // The test may be over.
            drop(tell_end.send((Instant::now(), result)));
        });
        let address = within(framework.name, "the server to start", address).await;
        let address = address.unwrap_or_else(|_| panic!("{}: did not start", framework.name));
        Self { framework, lab, address, stop, stopped }
    }

    /// Asks for a response over HTTP/1.1 and reads its head.
    pub async fn get(&self, target: &str) -> Response {
        self.ask(Protocol::Http11, &Request::get(target)).await
    }

    /// Asks for a response on a new connection, and reads its head.
    pub async fn ask(&self, protocol: Protocol, request: &Request) -> Response {
        protocol.ask(self.framework.name, self.address, request).await
    }

    /// Stops the server.
    pub fn stop(self) -> Stopping {
        // The server may have stopped already.
        let _ = self.stop.send(());
        Stopping { framework: self.framework, since: Instant::now(), stopped: self.stopped }
    }
}

impl Stopping {
    /// Waits until the server's future is done; returns how long that took.
    ///
    /// # Panics
    /// If the server reports an error.
    pub async fn stopped(self) -> Duration {
        let name = self.framework.name;
        let outcome = within(name, "the server to stop", self.stopped).await;
        let (at, result) = outcome.unwrap_or_else(|_| panic!("{name}: the server panicked"));
        assert_eq!(result, Ok(()), "{name}: what the server returned");
        at - self.since
    }
}
