//! A running proxy.

use std::{io, net::SocketAddr};

use rustix::process::Signal;
use tempfile::TempDir;

use super::Proxy;
use crate::faults::process::{Process, free_address};

/// A proxy that runs from a temporary folder, and is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    process: Process,
    /// The address that clients connect to.
    pub address: SocketAddr,
    _files: TempDir,
}

impl Running {
    /// Starts the proxy with a configuration whose addresses are those of our files.
    pub(super) async fn start(proxy: &Proxy, server: SocketAddr, text: &str) -> io::Result<Self> {
        let program = proxy.installed()?;
        let mut tries = 0;
        loop {
            let files = tempfile::tempdir()?;
            let folder = files.path();
            let address = free_address().await?;
            let text = (proxy.wrap)(substitute(text, address, server), folder);
            std::fs::write(folder.join("config"), text)?;
            // Varnish and Caddy write below the home folder otherwise.
            let home = format!("HOME={}", folder.display());
            let arguments = [home, program.display().to_string()];
            let arguments = arguments.into_iter().chain((proxy.arguments)(folder, address));
            match Process::start("env", arguments, address, &folder.join("log")).await {
                Ok(process) => return Ok(Self { process, address, _files: files }),
                // Another program may have taken the port.
                Err(_) if tries < TRIES => tries += 1,
                Err(error) => return Err(io::Error::other(format!("{}: {error}", proxy.name))),
            }
        }
    }

    /// Ends it and waits for its end.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn end(mut self) -> io::Result<()> {
        self.process.end(Signal::TERM).await
    }
}

/// Replaces the ports of our files by real ones, and `/events` by the streams of the conformance server. The nodes at
/// ports 3002 and 3003 are left out.
pub(super) fn substitute(text: &str, address: SocketAddr, server: SocketAddr) -> String {
    let port = server.port();
    let one_node = |line: &&str| !line.contains(":3002") && !line.contains(":3003");
    let lines: Vec<_> = text.lines().filter(one_node).collect();
    let text = lines.join("\n") + "\n";
    text.replace(":3000", &format!(":{}", address.port()))
        .replace(":3001", &format!(":{port}"))
        .replace("\"3001\"", &format!("\"{port}\""))
        .replace("/events", "/streams")
}

const TRIES: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxies::{ALL, Setup};

    #[test]
    fn no_address_of_a_file_stays() {
        let address = ([127, 0, 0, 1], 40_000).into();
        let server = ([127, 0, 0, 1], 50_000).into();
        for proxy in ALL {
            for setup in [Setup::Minimal, Setup::Compressing, Setup::Ours] {
                let text = substitute(&proxy.text(setup), address, server);
                let name = proxy.name;
                let left = ["3000", "3001", "3002", "3003", "/events", "COMPRESSION"];
                let left = left.into_iter().find(|place| text.contains(place));
                assert_eq!(left, None, "{name}, {setup}: {text}");
                assert!(text.contains("50000"), "{name}, {setup}: no server in {text}");
            }
        }
    }
}
