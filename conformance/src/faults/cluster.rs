//! The processes of a cluster: nodes, their log, and the load balancer in front of them.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Command;

use super::{
    comparison::Node,
    process::{Process, free_address},
};

/// Where the nodes keep their events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// Three nodes of different frameworks on one Redis.
    Redis,
    /// One node, on this framework, with a journal.
    Journal(&'static str),
}

/// The processes, all killed when this is dropped.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) nodes: Vec<Process>,
    /// The framework of each node, as the node writes it, and the address of its exporter.
    exporters: Vec<(&'static str, SocketAddr)>,
    pub(super) redis: Option<Process>,
    redis_address: SocketAddr,
    _nginx: Process,
    /// Where clients connect: nginx.
    pub(super) address: SocketAddr,
    _files: TempDir,
}

impl Cluster {
    /// Starts all processes, and waits until they listen.
    pub(super) async fn start(log: Log) -> io::Result<Self> {
        let files = tempfile::tempdir()?;
        let redis_address = free_address().await?;
        let redis = match log {
            Log::Redis => Some(start_redis(redis_address, files.path()).await?),
            Log::Journal(_) => None,
        };
        let (frameworks, at) = match log {
            Log::Redis => (
                vec!["axum", "actix", "warp"],
                ["--redis".to_owned(), format!("redis://{redis_address}/")],
            ),
            Log::Journal(framework) => {
                let file = files.path().join("events.redb").display().to_string();
                (vec![framework], ["--journal".to_owned(), file])
            }
        };
        let mut nodes = Vec::new();
        let mut addresses = Vec::new();
        let mut exporters = Vec::new();
        for framework in frameworks {
            let address = free_address().await?;
            let exporter = free_address().await?;
            let listen = ["--listen", &address.to_string(), "--metrics", &exporter.to_string()];
            let listen = listen.map(str::to_owned);
            let title = title(framework);
            let program = program(framework)?;
            let log = files.path().join(format!("{framework}-{}.log", address.port()));
            let arguments = listen.into_iter().chain(at.clone());
            nodes.push(Process::start(program, arguments, address, &log).await?);
            exporters.push((title, exporter));
            addresses.push(address);
        }
        let address = free_address().await?;
        let nginx = start_nginx(address, &addresses, files.path()).await?;
        Ok(Self { nodes, exporters, redis, redis_address, _nginx: nginx, address, _files: files })
    }

    /// Returns the nodes that run now. `acknowledged` counts the publishes of an address since a time.
    pub(super) fn running(&self, acknowledged: impl Fn(SocketAddr, Instant) -> u64) -> Vec<Node> {
        let nodes = self.nodes.iter().zip(&self.exporters);
        let node = |(process, (title, exporter)): (&Process, &(&str, SocketAddr))| {
            let (id, since) = process.run()?;
            let acknowledged = acknowledged(process.address(), since);
            Some(Node { name: format!("{title} {id}"), exporter: *exporter, acknowledged })
        };
        nodes.filter_map(node).collect()
    }

    /// Sends Redis a command and returns its answer.
    pub(super) async fn redis_cli(&self, arguments: &[&str]) -> io::Result<String> {
        let port = self.redis_address.port().to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(arguments).output().await?;
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || answer.starts_with("ERR") {
            return Err(io::Error::other(format!("redis-cli {arguments:?}: {answer}")));
        }
        Ok(answer)
    }

    pub(super) fn redis(&mut self) -> io::Result<&mut Process> {
        self.redis.as_mut().ok_or_else(|| io::Error::other("a cluster without Redis"))
    }

    /// Ends the nodes properly, so that they clean up.
    pub(super) async fn stop(mut self) -> io::Result<()> {
        for node in &mut self.nodes {
            node.end(Signal::TERM).await?;
        }
        Ok(())
    }
}

/// The name of a framework, as its example writes it.
fn title(framework: &str) -> &'static str {
    match framework {
        "axum" => "axum",
        "actix" => "actix-web",
        "warp" => "warp",
        _ => "Rocket",
    }
}

/// An example program, which is built beside this one.
fn program(framework: &str) -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let name = format!("{framework}-cluster");
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    beside.into_iter().find(|path| path.exists()).ok_or_else(|| {
        io::Error::other(format!("{name} is not built; run `cargo build --bins` first"))
    })
}

async fn start_redis(address: SocketAddr, files: &Path) -> io::Result<Process> {
    let folder = files.display().to_string();
    let port = address.port().to_string();
    let arguments = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--dir",
        &folder,
        "--appendonly",
        "yes",
        "--save",
        "",
    ];
    Process::start("redis-server", arguments, address, &files.join("redis.log")).await
}

/// Uses the configuration that the README shows, on other ports.
async fn start_nginx(
    address: SocketAddr,
    nodes: &[SocketAddr],
    files: &Path,
) -> io::Result<Process> {
    let mut text = include_str!("../../../examples/proxies/nginx.conf").to_owned();
    for shown in 1..=3 {
        let server = format!("server 127.0.0.1:300{shown} ");
        let with = nodes.get(shown - 1).map(|node| format!("server {node} "));
        text = match with {
            Some(with) => text.replace(&server, &with),
            None => {
                text.lines().filter(|line| !line.contains(&server)).collect::<Vec<_>>().join("\n")
            }
        };
    }
    let text = text.replace("listen 127.0.0.1:3000", &format!("listen {address}"));
    let text =
        text.replace("location / {", "location / {\n            add_header X-Node $upstream_addr;");
    // A single process, so that no worker outlives a master that is killed.
    let text = format!("daemon off;\nmaster_process off;\npid nginx.pid;\n{text}");
    std::fs::write(files.join("nginx.conf"), text)?;
    let folder = format!("{}/", files.display());
    let arguments = ["-p", &folder, "-c", "nginx.conf", "-e", "nginx.log"];
    Process::start("nginx", arguments, address, &files.join("nginx.out")).await
}
