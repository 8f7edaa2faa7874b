//! The server under check.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, sleep, timeout},
};

use super::{
    Options, Trigger,
    event::Event,
    open::Open,
    outcome::Stop,
    rules::{LATE, NO_RESPONSE},
    url,
};
use crate::client::{Http1, Request};

/// The server under check.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) options: Options,
    pub(super) address: SocketAddr,
    pub(super) host: String,
    pub(super) target: String,
}

impl Site {
    /// Finds an address of the URL that accepts a connection.
    pub(super) async fn find(options: Options) -> Result<Self, String> {
        let (host, target) = url::parse(&options.url)?;
        let addresses =
            lookup_host(&host).await.map_err(|error| format!("no address for {host}: {error}"))?;
        let mut reason = "no address".to_owned();
        for address in addresses.collect::<Vec<_>>() {
            match timeout(options.timeout, TcpStream::connect(address)).await {
                Ok(Ok(_)) => return Ok(Self { options, address, host, target }),
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => reason = "no connection in time".to_owned(),
            }
        }
        Err(format!("cannot connect to {host}: {reason}"))
    }

    /// A request for the stream.
    pub(super) fn get(&self) -> Request {
        self.with_headers(Request::get(&*self.target))
    }

    /// A request with the headers that each of them has.
    pub(super) fn with_headers(&self, request: Request) -> Request {
        let request = request.header("host", &self.host).header("accept", "text/event-stream");
        let headers = self.options.headers.iter();
        headers.fold(request, |request, (name, value)| request.header(name.clone(), value))
    }

    /// The time at which events that have not arrived are missing.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    /// Opens a stream over HTTP/1.1.
    pub(super) async fn open(&self, request: &Request) -> Result<Open, Stop> {
        self.open_over(request, "1.1").await
    }

    /// Opens a stream over a version of HTTP/1.
    pub(super) async fn open_over(&self, request: &Request, version: &str) -> Result<Open, Stop> {
        let answer = async { Http1::open(self.address).await?.ask(request, version).await };
        opened(timeout(self.options.timeout, self.publishing(answer)).await.unwrap_or_else(|_| {
            Err(io::Error::new(io::ErrorKind::TimedOut, "no head of a response in time"))
        }))
    }

    /// Opens the first stream. The second value says whether its head left before the first event, if that shows.
    pub(super) async fn open_first(&self) -> Result<(Open, Option<bool>), Stop> {
        let request = self.get();
        let mut answer =
            pin!(async { Http1::open(self.address).await?.ask(&request, "1.1").await });
        if self.options.publish.is_some() {
            if let Ok(answer) = timeout(QUIET.min(self.options.timeout), &mut answer).await {
                return Ok((opened(answer)?, Some(true)));
            }
            let answer = timeout(self.options.timeout, self.publishing(answer)).await;
            return match answer {
                Ok(answer) => Ok((opened(answer)?, Some(false))),
                Err(_) => Err(Stop::Found(NO_RESPONSE.found("no head of a response in time"))),
            };
        }
        match timeout(self.options.timeout, answer).await {
            Ok(answer) => Ok((opened(answer)?, None)),
            Err(_) => Err(Stop::Found(LATE.found("no head of a response in time"))),
        }
    }

    /// Awaits something while the server publishes events, if it can be made to.
    pub(super) async fn publishing<T>(&self, future: impl Future<Output = T>) -> T {
        let Some(publish) = &self.options.publish else { return future.await };
        tokio::select! {
            biased;
            value = future => value,
            never = publish_always(publish, self.options.timeout) => match never {},
        }
    }

    /// Opens a stream after an ID and reads events from it until one satisfies a condition.
    pub(super) async fn resume(
        &self,
        id: &str,
        until: Instant,
        mut is_last: impl FnMut(&Event) -> bool,
    ) -> Result<(Open, Vec<Event>), Stop> {
        let mut open = self.open(&self.get().header("last-event-id", id)).await?;
        let mut events = Vec::new();
        loop {
            let new = self.publishing(open.events(1, until)).await;
            let is_over = new.is_empty() || new.iter().any(&mut is_last);
            events.extend(new);
            if is_over {
                return Ok((open, events));
            }
        }
    }
}

fn opened(
    answer: io::Result<Option<(crate::client::Head, crate::client::Body)>>,
) -> Result<Open, Stop> {
    match answer {
        Ok(Some((head, body))) => Ok(Open::new(head, body)),
        Ok(None) => Err(Stop::Found(NO_RESPONSE.found("the connection ended without a response"))),
        Err(error) => Err(Stop::Found(NO_RESPONSE.found(error.to_string()))),
    }
}

/// A server that cannot publish at the moment is asked again.
async fn publish_always(publish: &Trigger, limit: Duration) -> std::convert::Infallible {
    for number in 0_u64.. {
        let _ = publish.pull(&format!("sse-check {number}"), limit).await;
        sleep(BETWEEN).await;
    }
    std::future::pending().await
}

/// How long a server may take for a head that does not wait for an event.
const QUIET: Duration = Duration::from_secs(2);

/// Time between two events that the check publishes.
const BETWEEN: Duration = Duration::from_millis(20);
