//! A node's metrics, as its operator scrapes them.

use std::{collections::BTreeMap, io, net::SocketAddr, time::Duration};

use tokio::time::timeout;

use crate::client::{Http1, Request};

/// The metrics of a node, each summed over its labels.
#[derive(Debug)]
pub(super) struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Reads the metrics from a node's exporter for Prometheus.
    pub(super) async fn scrape(exporter: SocketAddr) -> io::Result<Self> {
        Self::parse(&timeout(PATIENCE, get(exporter)).await??)
    }

    /// Parses the text format of Prometheus.
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let mut sums = BTreeMap::<_, f64>::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let name = series.split('{').next().unwrap_or_default();
            let value: f64 = value.parse().map_err(io::Error::other)?;
            *sums.entry(name.to_owned()).or_default() += value;
        }
        Ok(Self(sums))
    }

    /// Returns a gauge; one that was never set is not exported.
    pub(super) fn level(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Returns a counter; one that was never incremented is not exported.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.0.get(name).map_or(0, |value| *value as u64)
    }
}

async fn get(address: SocketAddr) -> io::Result<String> {
    let request = Request::get("/metrics");
    let answer = Http1::open(address).await?.ask(&request, "1.0").await?;
    let (head, mut body) = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
    if head.status != 200 {
        return Err(io::Error::other(format!("the exporter answers {}", head.status)));
    }
    let mut bytes = Vec::new();
    while let Some(part) = body.next().await? {
        bytes.extend_from_slice(&part.bytes);
    }
    String::from_utf8(bytes).map_err(io::Error::other)
}

const PATIENCE: Duration = Duration::from_secs(5);
