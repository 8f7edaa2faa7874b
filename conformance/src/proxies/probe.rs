//! Measures a stream from the client's side, and the client's leaving from the server's side.

use std::{future::Future, net::SocketAddr, time::Duration};

use sse_core::StreamEnd;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, timeout},
};

use super::{Delay, Gone, Squeezed};
use crate::{
    client::{Connection, Gunzip, Request, Response},
    scenario::{TIMED, micros},
};

/// A client of a stream, behind a proxy or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
}

/// A stream on which nothing happens.
#[derive(Debug)]
pub(super) struct Silent {
    response: Response,
    pub(super) headers: Duration,
}

impl Probe {
    /// Asks as an EventSource does; `None` if the connection ends instead of an answer.
    pub(super) async fn ask(self, target: &str) -> Option<Response> {
        self.request(request(target)).await
    }

    async fn request(self, request: Request) -> Option<Response> {
        Connection::open(self.name, self.address).await.answer(&request, "1.1").await
    }

    /// Opens a stream on which nothing happens.
    pub(super) async fn silent(self) -> Option<Silent> {
        let began = Instant::now();
        let response = in_time(PATIENCE, self.ask("/streams/idle")).await??;
        Some(Silent { response, headers: began.elapsed() })
    }

    /// Measures the delay of this number of events.
    pub(super) async fn delay(self, events: usize) -> Option<Delay> {
        let response = in_time(PATIENCE, self.ask("/streams/timed")).await??;
        delay(response, None, events).await
    }

    /// The same for a client that accepts gzip.
    pub(super) async fn squeezed(self, events: usize) -> Option<Squeezed> {
        let request = request("/streams/timed").header("accept-encoding", "gzip");
        let response = in_time(PATIENCE, self.request(request)).await??;
        let encoding = response.head.get("content-encoding");
        let gunzip = encoding.as_ref().map(|_| Gunzip::new());
        let delay = delay(response, gunzip, events).await;
        Some(Squeezed { encoding, delay })
    }

    /// Whether a request gets an event at once.
    pub(super) async fn gets_an_event(self) -> bool {
        let event = async {
            let response = self.ask("/streams/timed").await?;
            if response.head.status != 200 { None } else { delay(response, None, 1).await }
        };
        in_time(PATIENCE, event).await.flatten().is_some()
    }
}

impl Silent {
    /// Waits for two keep-alives; returns whether they came.
    pub(super) async fn survives(&mut self, keep_alive: Duration) -> bool {
        let two = async {
            while self.keep_alives().len() < 2 {
                if self.response.next().await.is_err() {
                    return false;
                }
            }
            true
        };
        in_time(2 * keep_alive + PATIENCE, two).await == Some(true)
    }

    /// Leaves; returns when the server notices.
    pub(super) async fn leave(
        self,
        ends: &mut UnboundedReceiver<StreamEnd>,
        limit: Duration,
    ) -> Option<Gone> {
        let places = self.keep_alives();
        // From the beginning of one to that of the other, whatever ends them.
        let size = places.get(1)? - places.first()?;
        let received = self.response.bytes().len();
        let left = Instant::now();
        drop(self);
        let end = in_time(limit, ends.recv()).await??;
        let keep_alives = end.bytes.saturating_sub(received as u64) / size as u64;
        Some(Gone { after: left.elapsed(), keep_alives })
    }

    /// Returns the offsets of keep-alives in the body.
    fn keep_alives(&self) -> Vec<usize> {
        self.response.text().match_indices(": keep-alive\n").map(|(at, _)| at).collect()
    }
}

fn request(target: &str) -> Request {
    Request::get(target).header("accept", "text/event-stream").header("cache-control", "no-cache")
}

/// Reads this number of events of `timed`, or fewer if the others do not arrive in time.
async fn delay(mut response: Response, mut gunzip: Option<Gunzip>, events: usize) -> Option<Delay> {
    let mut delays = Vec::new();
    let mut seen = 0;
    let read = async {
        while delays.len() < events {
            let Ok(part) = response.next().await else { return };
            let body = match &mut gunzip {
                Some(gunzip) => {
                    gunzip.feed(&part.bytes);
                    gunzip.bytes()
                }
                None => response.bytes(),
            };
            let now = micros();
            while let Some(length) = body[seen..].iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&body[seen..seen + length]);
                seen += length + 1;
                if let Some(sent) = line.strip_prefix("data: ").and_then(|it| it.parse().ok()) {
                    delays.push(Duration::from_micros(now.saturating_sub(sent)));
                }
            }
        }
    };
    let limit = TIMED * u32::try_from(events).unwrap_or(u32::MAX) + PATIENCE;
    in_time(limit, read).await;
    Delay::of(delays)
}

/// `None` if it takes longer.
pub(super) async fn in_time<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    timeout(limit, future).await.ok()
}

/// Longer than any proxy delays what it passes on.
const PATIENCE: Duration = Duration::from_secs(3);
