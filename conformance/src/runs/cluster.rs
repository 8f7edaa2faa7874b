//! The processes: three nodes, and their Redis.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{sync::Mutex, time::sleep};

use crate::faults::process::{Process, free_address};

/// The processes, all killed when this is dropped.
pub(super) struct Cluster {
    /// Where the nodes listen.
    pub(super) nodes: Vec<SocketAddr>,
    processes: Vec<Mutex<Process>>,
    redis: Mutex<Process>,
    files: TempDir,
}

impl Cluster {
    pub(super) async fn start(lease: Duration) -> io::Result<Self> {
        let files = tempfile::tempdir()?;
        let at = free_address().await?;
        let (port, folder) = (at.port().to_string(), files.path().display().to_string());
        let settings = ["--bind", "127.0.0.1", "--port", &port, "--dir", &folder, "--save", ""];
        let durable = ["--appendonly", "yes", "--appendfsync", "always"];
        let arguments = settings.into_iter().chain(durable);
        let log = files.path().join("redis.log");
        let redis = Process::start("redis-server", arguments, at, &log).await?;
        let own = std::env::current_exe()?;
        let (mut nodes, mut processes) = (Vec::new(), Vec::new());
        for number in 0..3 {
            let address = free_address().await?;
            let url = format!("redis://{at}/");
            let lease = lease.as_millis().to_string();
            let arguments = ["--node", &address.to_string(), "--redis", &url, "--lease", &lease];
            let log = files.path().join(format!("node-{number}.log"));
            processes.push(Mutex::new(Process::start(&own, arguments, address, &log).await?));
            nodes.push(address);
        }
        Ok(Self { nodes, processes, redis: Mutex::new(redis), files })
    }

    /// Kills a node and starts another in its place; returns the ID of its process, and when it was killed.
    pub(super) async fn kill(&self, node: usize, pause: Duration) -> io::Result<(u32, SystemTime)> {
        let mut process = self.processes[node].lock().await;
        let id = process.run().map_or(0, |(id, _)| id);
        process.end(Signal::KILL).await?;
        let at = SystemTime::now();
        sleep(pause).await;
        process.start_again().await?;
        Ok((id, at))
    }

    /// Stops a node with SIGSTOP, and continues it; returns the ID of its process, and when it was stopped.
    pub(super) async fn stop(&self, node: usize, pause: Duration) -> io::Result<(u32, SystemTime)> {
        let process = self.processes[node].lock().await;
        let id = process.run().map_or(0, |(id, _)| id);
        let at = SystemTime::now();
        process.signal(Signal::STOP)?;
        sleep(pause).await;
        process.signal(Signal::CONT)?;
        Ok((id, at))
    }

    pub(super) async fn restart_redis(&self) -> io::Result<()> {
        let mut redis = self.redis.lock().await;
        redis.end(Signal::TERM).await?;
        redis.start_again().await
    }

    /// Returns the number of the newest event of each run that its writer knows to be published.
    pub(super) fn published(&self) -> io::Result<HashMap<String, u64>> {
        let mut published = HashMap::new();
        for number in 0..self.processes.len() {
            let log =
                std::fs::read_to_string(self.files.path().join(format!("node-{number}.log")))?;
            for line in log.lines() {
                let Some((id, number)) =
                    line.strip_prefix("published ").and_then(|rest| rest.split_once(' '))
                else {
                    continue;
                };
                let newest = published.entry(id.to_owned()).or_insert(0);
                *newest = number.parse().unwrap_or(0).max(*newest);
            }
        }
        Ok(published)
    }
}
