//! A client that reconnects, as a browser does, whatever happens to it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ledger::Record;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::tally::{GapId, Tally};
use crate::client::{Blocks, Http1, Request};

/// What happens to a client from outside.
#[derive(Debug)]
pub(super) struct Fate {
    /// The number of bytes after which its connection is cut.
    pub(super) cut_after: AtomicUsize,
    /// Whether it does not read.
    pub(super) paused: AtomicBool,
}

impl Default for Fate {
    fn default() -> Self {
        Self { cut_after: AtomicUsize::new(usize::MAX), paused: AtomicBool::new(false) }
    }
}

/// A client that follows topics.
#[derive(Debug)]
pub(super) struct Client {
    address: SocketAddr,
    /// Whether it is the one that stops reading: its receive buffer is small, and it may take longer
    /// to catch up than the time until the next fault.
    pub(super) lags: bool,
    /// Whether it ignores the reconnection time that the server sets, so that a run takes less time.
    pub(super) hurries: bool,
    reconnection_time: Duration,
    pub(super) fate: Arc<Fate>,
    pub(super) record: Record,
    /// The gap events of the record, and whether their node counts what is missing.
    pub(super) gaps: Vec<(GapId, bool)>,
    tally: Tally,
    /// The number of its connections.
    pub(super) connects: usize,
    /// The statuses of responses other than 200.
    pub(super) refused: Vec<u16>,
}

impl Client {
    /// Follows topics of the cluster at this address, with this reconnection time at first.
    pub(super) fn new(
        address: SocketAddr,
        record: Record,
        tally: &Tally,
        reconnection_time: Duration,
    ) -> Self {
        let (fate, refused) = (Arc::default(), Vec::new());
        Self {
            address,
            lags: false,
            hurries: false,
            reconnection_time,
            fate,
            record,
            gaps: Vec::new(),
            tally: tally.clone(),
            connects: 0,
            refused,
        }
    }

    /// Reads until the end of its record, or until `over` is true.
    pub(super) async fn follow(mut self, mut over: watch::Receiver<bool>) -> Self {
        loop {
            let connection = self.connection();
            tokio::select! {
                // A client knows only that its connection ended, not how.
                _ = connection => {}
                _ = over.wait_for(|over| *over) => return self,
            }
            if self.record.has_ended() {
                return self;
            }
            sleep(self.reconnection_time).await;
        }
    }

    async fn connection(&mut self) -> io::Result<()> {
        let http1 = match self.lags {
            true => timeout(PATIENCE, Http1::open_narrow(self.address, NARROW)).await??,
            false => timeout(PATIENCE, Http1::open(self.address)).await??,
        };
        let mut request = Request::get(self.record.target("/events"));
        if let Some(id) = self.record.last_event_id() {
            request = request.header("last-event-id", id);
        }
        let mut reading = self.tally.read();
        let Some((head, mut body)) = http1.ask(&request, "1.1").await? else { return Ok(()) };
        reading.complete = head.status != 200;
        if head.status == 204 {
            self.record.finish(Instant::now());
            return Ok(());
        }
        if head.status != 200 {
            // A browser's EventSource would not reconnect.
            self.refused.push(head.status);
            return Ok(());
        }
        self.connects += 1;
        let mut blocks = Blocks::default();
        loop {
            while self.fate.paused.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(20)).await;
            }
            let Some(part) = body.next().await? else {
                reading.complete = true;
                return Ok(());
            };
            let rest = self.fate.cut_after.load(Ordering::Relaxed);
            let taken = part.bytes.len().min(rest);
            for block in blocks.feed(&part.bytes[..taken]) {
                if let Some(time) = block.retry
                    && !self.hurries
                {
                    self.reconnection_time = Duration::from_millis(time);
                }
                let (event, data) = (block.event.as_deref(), block.data.as_deref());
                let gap = data.and_then(|data| reading.event(event, data));
                if let Some(id) = &block.id {
                    self.record.block(id, event, data, Instant::now());
                    self.gaps.extend(gap);
                }
            }
            if rest != usize::MAX {
                let rest = rest - taken;
                let cut = rest == 0;
                self.fate.cut_after.store(if cut { usize::MAX } else { rest }, Ordering::Relaxed);
                if cut {
                    return Ok(());
                }
            }
            if self.record.has_ended() {
                reading.complete = true;
                return Ok(());
            }
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(5);

/// The receive buffer of the client that stops reading, in bytes.
const NARROW: u32 = 64 * 1024;
