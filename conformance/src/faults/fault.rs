//! The faults.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use fastrand::Rng;
use rustix::process::Signal;
use tokio::time::sleep;

use super::{client::Fate, cluster::Cluster, run::Flood};

/// What can happen to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing, to compare with.
    Nothing,
    /// A node is killed, and started again a second later.
    KillNode,
    /// A node receives SIGTERM, drains, and is started again.
    StopNode,
    /// All nodes receive SIGTERM at once, and are started again.
    StopAllNodes,
    /// A node is halted for some seconds, and continues.
    HaltNode,
    /// Redis ends all its connections.
    ClientKill,
    /// Redis is halted for some seconds, and continues.
    HaltRedis,
    /// Redis is restarted with its append-only file.
    RestartRedis,
    /// A node is halted while Redis trims nearly all events.
    Trim,
    /// Redis loses everything.
    FlushAll,
    /// Redis loses the key of the epoch, and a node starts before others notice.
    LoseEpoch,
    /// Redis loses the log, and a node starts before others notice.
    LoseLog,
    /// Redis loses the key of the epoch, then the log, and a node starts before others notice.
    LoseEpochThenLog,
    /// Redis loses the log, then the key of the epoch, and a node starts before others notice.
    LoseLogThenEpoch,
    /// Redis loses keys at random, as by an eviction, and a node starts before others notice.
    Evict,
    /// A third of the clients are cut at random bytes.
    CutClients,
    /// A client does not read while its topic receives more events than the hub keeps.
    NeverReads,
}

impl Fault {
    /// The faults of three nodes on one Redis.
    pub const CLUSTER: [Self; 17] = [
        Self::Nothing,
        Self::KillNode,
        Self::StopNode,
        Self::HaltNode,
        Self::ClientKill,
        Self::HaltRedis,
        Self::RestartRedis,
        Self::CutClients,
        Self::StopAllNodes,
        Self::NeverReads,
        Self::Trim,
        Self::FlushAll,
        Self::LoseEpoch,
        Self::LoseLog,
        Self::LoseEpochThenLog,
        Self::LoseLogThenEpoch,
        Self::Evict,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::KillNode => "kill -9 a node",
            Self::StopNode => "SIGTERM a node (drain)",
            Self::StopAllNodes => "SIGTERM all nodes at once",
            Self::HaltNode => "SIGSTOP a node for some seconds",
            Self::ClientKill => "CLIENT KILL",
            Self::HaltRedis => "SIGSTOP Redis for some seconds",
            Self::RestartRedis => "stop Redis for some seconds, start it with AOF",
            Self::Trim => "trim past a halted node's cursor",
            Self::FlushAll => "FLUSHALL",
            Self::LoseEpoch => "DEL the epoch, start a node",
            Self::LoseLog => "DEL the log, start a node",
            Self::LoseEpochThenLog => "DEL the epoch, then the log, start a node",
            Self::LoseLogThenEpoch => "DEL the log, then the epoch, start a node",
            Self::Evict => "DEL keys at random, start a node",
            Self::CutClients => "cut a third of the clients at random bytes",
            Self::NeverReads => "a client that never reads",
        }
    }

    /// Whether clients may receive gap events.
    pub fn may_lose(self) -> bool {
        matches!(
            self,
            Self::Trim
                | Self::FlushAll
                | Self::LoseLog
                | Self::LoseEpochThenLog
                | Self::LoseLogThenEpoch
                | Self::Evict
                | Self::NeverReads
        )
    }

    /// Lets the fault happen, and returns when it is over.
    pub(super) async fn happen(
        self,
        cluster: &mut Cluster,
        clients: &[Arc<Fate>],
        flood: &Flood,
        pause: Duration,
        random: &mut Rng,
    ) -> io::Result<()> {
        let node = random.usize(..cluster.nodes.len());
        match self {
            Self::Nothing => {}
            Self::KillNode => {
                cluster.nodes[node].end(Signal::KILL).await?;
                sleep(Duration::from_secs(1)).await;
                cluster.nodes[node].start_again().await?;
            }
            Self::StopNode => {
                cluster.nodes[node].end(Signal::TERM).await?;
                cluster.nodes[node].start_again().await?;
            }
            Self::StopAllNodes => {
                for node in &cluster.nodes {
                    node.signal(Signal::TERM)?;
                }
                for node in &mut cluster.nodes {
                    node.ended().await?;
                }
                for node in &mut cluster.nodes {
                    node.start_again().await?;
                }
            }
            Self::HaltNode => {
                cluster.nodes[node].signal(Signal::STOP)?;
                sleep(pause * 2).await;
                cluster.nodes[node].signal(Signal::CONT)?;
            }
            Self::ClientKill => {
                cluster.redis_cli(&["CLIENT", "KILL", "TYPE", "normal"]).await?;
            }
            Self::HaltRedis => {
                cluster.redis()?.signal(Signal::STOP)?;
                sleep(pause).await;
                cluster.redis()?.signal(Signal::CONT)?;
            }
            Self::RestartRedis => {
                cluster.redis()?.end(Signal::TERM).await?;
                sleep(pause).await;
                cluster.redis()?.start_again().await?;
            }
            Self::Trim => {
                cluster.nodes[node].signal(Signal::STOP)?;
                sleep(pause).await;
                let key = cluster.redis_cli(&["KEYS", "{sse}:log:*"]).await?;
                cluster.redis_cli(&["XTRIM", &key, "MAXLEN", "10"]).await?;
                cluster.nodes[node].signal(Signal::CONT)?;
            }
            Self::FlushAll => {
                cluster.redis_cli(&["FLUSHALL"]).await?;
            }
            Self::LoseEpoch
            | Self::LoseLog
            | Self::LoseEpochThenLog
            | Self::LoseLogThenEpoch
            | Self::Evict => {
                cluster.nodes[node].end(Signal::KILL).await?;
                let others = (0..cluster.nodes.len()).filter(|other| *other != node);
                // Otherwise the others would notice before the node starts.
                for other in others.clone() {
                    cluster.nodes[other].signal(Signal::STOP)?;
                }
                self.lose_keys(cluster).await?;
                cluster.nodes[node].start_again().await?;
                for other in others {
                    cluster.nodes[other].signal(Signal::CONT)?;
                }
            }
            Self::CutClients => {
                for fate in random.choose_multiple(clients, clients.len() / 3) {
                    fate.cut_after.store(random.usize(1..2_000), Ordering::Relaxed);
                }
                // Each client receives about this number of bytes in this time.
                sleep(Duration::from_secs(2)).await;
            }
            Self::NeverReads => {
                flood.fate.paused.store(true, Ordering::Relaxed);
                flood.publish().await;
                flood.fate.paused.store(false, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    async fn lose_keys(self, cluster: &Cluster) -> io::Result<()> {
        let log = cluster.redis_cli(&["KEYS", "{sse}:log:*"]).await?;
        let (epoch, log) = ("{sse}:epoch", &*log);
        let lost = match self {
            Self::LoseEpoch => vec![epoch],
            Self::LoseLog => vec![log],
            Self::LoseEpochThenLog => vec![epoch, log],
            Self::LoseLogThenEpoch => vec![log, epoch],
            _ => {
                for _ in 0..4 {
                    let key = cluster.redis_cli(&["RANDOMKEY"]).await?;
                    cluster.redis_cli(&["DEL", &key]).await?;
                }
                return Ok(());
            }
        };
        for key in lost {
            cluster.redis_cli(&["DEL", key]).await?;
        }
        Ok(())
    }
}
