//! The other clients, which measure what the attack costs them.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::interval};

use super::{
    samples::{Percentiles, Samples},
    wire::Wire,
};
use crate::scenario::micros;

/// The other clients: subscribers, a publisher, and one that asks whether the server is ready.
#[derive(Debug)]
pub(super) struct Honest {
    delivery: Samples,
    ready: Samples,
    publish: Samples,
    failures: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

/// What the other clients measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Felt {
    /// From a publish to its arrival at each subscriber.
    pub delivery: Percentiles,
    /// Of `GET /ready`.
    pub ready: Percentiles,
    /// Of the call that publishes.
    pub publish: Percentiles,
    /// How many of these clients lost their connection or got an error.
    pub failures: usize,
}

impl Honest {
    /// Connects all; every time counts from when it was due, so that a stall counts in full.
    pub(super) async fn start(address: SocketAddr) -> io::Result<Self> {
        let mut honest = Self {
            delivery: Samples::default(),
            ready: Samples::default(),
            publish: Samples::default(),
            failures: Arc::default(),
            tasks: JoinSet::new(),
        };
        for _ in 0..SUBSCRIBERS {
            let mut wire = Wire::open(address).await?;
            wire.get("/hub?topics=honest", None).await?;
            let (status, _) = wire.head().await?;
            if status != 200 {
                return Err(io::Error::other(format!("a subscriber was answered {status}")));
            }
            honest.spawn(subscribe(wire, honest.delivery.clone()));
        }
        honest.spawn(publish(Wire::open(address).await?, honest.publish.clone()));
        honest.spawn(probe(Wire::open(address).await?, honest.ready.clone()));
        Ok(honest)
    }

    /// Takes what was measured since the last call.
    pub(super) fn felt(&self) -> Felt {
        Felt {
            delivery: self.delivery.take(),
            ready: self.ready.take(),
            publish: self.publish.take(),
            failures: self.failures.swap(0, Ordering::Relaxed),
        }
    }

    fn spawn(&mut self, task: impl Future<Output = io::Error> + Send + 'static) {
        let failures = Arc::clone(&self.failures);
        self.tasks.spawn(async move {
            task.await;
            failures.fetch_add(1, Ordering::Relaxed);
        });
    }
}

async fn subscribe(mut wire: Wire, samples: Samples) -> io::Error {
    loop {
        let line = match wire.line().await {
            Ok(line) => line,
            Err(error) => return error,
        };
        let sent = line.strip_prefix(b"data: @").map(String::from_utf8_lossy);
        if let Some(sent) = sent.and_then(|text| text.trim().parse::<u64>().ok()) {
            samples.add(Duration::from_micros(micros().saturating_sub(sent)));
        }
    }
}

async fn publish(mut wire: Wire, samples: Samples) -> io::Error {
    let mut ticks = interval(PERIOD);
    loop {
        let due = ticks.tick().await;
        let at = Duration::from_micros(micros()).saturating_sub(due.elapsed());
        match wire.post("/publish?topic=honest", &format!("@{}", at.as_micros())).await {
            Ok(200) => samples.add(due.elapsed()),
            Ok(status) => return io::Error::other(format!("status {status}")),
            Err(error) => return error,
        }
    }
}

async fn probe(mut wire: Wire, samples: Samples) -> io::Error {
    let mut ticks = interval(PERIOD);
    loop {
        let due = ticks.tick().await;
        let asked = async {
            wire.get("/ready", None).await?;
            wire.answer().await
        };
        match asked.await {
            Ok((200, _)) => samples.add(due.elapsed()),
            Ok((status, _)) => return io::Error::other(format!("status {status}")),
            Err(error) => return error,
        }
    }
}

/// How many other clients subscribe.
pub(super) const SUBSCRIBERS: usize = 50;

/// Between two events, and between two probes.
const PERIOD: Duration = Duration::from_millis(20);
