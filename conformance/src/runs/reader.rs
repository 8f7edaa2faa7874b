//! A reader of a run, whose connections are cut at random bytes.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use fastrand::Rng;
use tokio::time::{sleep, timeout};

use crate::client::{Blocks, Http1, Request};

/// What a reader has received of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    /// Each event with its ID and its type. Its number is its place, from 1.
    pub(super) events: Vec<(String, String, String)>,
    /// Whether the end has come.
    pub(super) has_ended: bool,
    pub(super) connects: usize,
    /// What is wrong.
    pub(super) faults: Vec<String>,
}

impl Received {
    /// Returns how the run has ended.
    pub(super) fn outcome(&self) -> Option<&str> {
        let (_, name, data) = self.events.last().filter(|_| self.has_ended)?;
        let outcome = data.strip_prefix("{\"outcome\":\"").filter(|_| name == "end")?;
        outcome.split('"').next()
    }

    /// Returns the processes that have written its tokens.
    pub(super) fn writers(&self) -> Vec<&str> {
        let tokens = self.events.iter().filter(|(_, name, _)| name == "token");
        let mut writers: Vec<_> =
            tokens.filter_map(|(_, _, data)| data.split(' ').next()).collect();
        writers.sort_unstable();
        writers.dedup();
        writers
    }

    fn take(&mut self, id: String, name: String, data: &str) {
        let Some((number, data)) = data.split_once(' ') else {
            return self.faults.push(format!("an event without a number: {data:?}"));
        };
        let expected = self.events.len() as u64 + 1;
        if number.parse() != Ok(expected) {
            self.faults.push(format!("event {number} in the place of event {expected}"));
        }
        self.has_ended = name == "end";
        self.events.push((id, name, data.to_owned()));
    }
}

/// Reads a run to its end, from any of the nodes. If it is cut, it resumes by the last ID or number.
pub(super) async fn read(nodes: &[SocketAddr], id: &str, cut: bool, mut rng: Rng) -> Received {
    let mut received = Received::default();
    let until = Instant::now() + PATIENCE;
    while !received.has_ended && received.faults.is_empty() {
        if Instant::now() > until {
            received.faults.push("the run does not end".to_owned());
            break;
        }
        let node = nodes[rng.usize(..nodes.len())];
        let bytes = if cut { rng.usize(1..3_000) } else { usize::MAX };
        // A node that is stopped does not answer; then another one does.
        let _ = timeout(SILENCE, connection(node, id, bytes, &mut rng, &mut received)).await;
        sleep(Duration::from_millis(20)).await;
    }
    received
}

async fn connection(
    node: SocketAddr,
    id: &str,
    mut left: usize,
    rng: &mut Rng,
    received: &mut Received,
) -> io::Result<()> {
    let http1 = Http1::open(node).await?;
    let mut request = Request::get(format!("/runs/{id}"));
    if let Some((last, ..)) = received.events.last() {
        match rng.bool() {
            true => request = request.header("last-event-id", last),
            false => request = Request::get(format!("/runs/{id}?after={}", received.events.len())),
        }
    }
    let Some((head, mut body)) = http1.ask(&request, "1.1").await? else { return Ok(()) };
    if head.status != 200 {
        // The node has not read of the run, or cannot reach Redis.
        if !matches!(head.status, 404 | 503) {
            received.faults.push(format!("status {}", head.status));
        }
        return Ok(());
    }
    received.connects += 1;
    let mut blocks = Blocks::default();
    while let Some(part) = body.next().await? {
        let taken = part.bytes.len().min(left);
        left -= taken;
        for block in blocks.feed(&part.bytes[..taken]) {
            if let (Some(id), Some(event), Some(data)) = (block.id, block.event, block.data) {
                received.take(id, event, &data);
            }
        }
        if left == 0 || received.has_ended {
            return Ok(());
        }
    }
    Ok(())
}

/// The longest that a run takes, with all faults.
const PATIENCE: Duration = Duration::from_secs(90);

/// The longest time of one connection.
const SILENCE: Duration = Duration::from_secs(3);
