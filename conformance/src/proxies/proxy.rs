//! A proxy, its configurations, and how it is started.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{Running, Setup};

/// A proxy, its configurations, and how it is started.
pub struct Proxy {
    /// Its name on the command line.
    pub name: &'static str,
    /// Debian's package.
    pub package: &'static str,
    pub(super) program: &'static str,
    /// A configuration that only passes requests on; `COMPRESSION` is replaced.
    pub(super) minimal: &'static str,
    /// The lines that make it compress everything.
    pub(super) compression: &'static str,
    /// Our file.
    pub(super) ours: &'static str,
    /// Adds the lines that a run from a temporary folder needs.
    pub(super) wrap: fn(String, &Path) -> String,
    /// Returns the arguments, given the folder and the address to listen on.
    pub(super) arguments: fn(&Path, SocketAddr) -> Vec<String>,
    /// The most keep-alives that may pass, with our file, before the server notices that a client left.
    pub gone_after_keep_alives: u64,
}

impl Proxy {
    /// Finds the program.
    ///
    /// # Errors
    /// If it is not installed; names the package.
    pub fn installed(&self) -> io::Result<PathBuf> {
        installed(self.program, self.package)
    }

    /// Starts it before the server.
    ///
    /// # Errors
    /// If it is not installed or does not listen.
    pub async fn start(&self, setup: Setup, server: SocketAddr) -> io::Result<Running> {
        Running::start(self, server, &self.text(setup)).await
    }

    /// The configuration, as it is in the file: it listens on port 3000, and the server on 3001.
    pub(super) fn text(&self, setup: Setup) -> String {
        match setup {
            Setup::Minimal => self.minimal.replace("COMPRESSION", ""),
            Setup::Compressing => self.minimal.replace("COMPRESSION", self.compression),
            Setup::Ours => self.ours.to_owned(),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Finds a program, also in Debian's directories of system programs.
///
/// # Errors
/// If it is not installed; names the package.
pub fn installed(program: &str, package: &str) -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let found = folders.find_map(|folder| Some(folder.join(program)).filter(|file| file.exists()));
    found.ok_or_else(|| {
        io::Error::other(format!("{program} is not installed; run `apt-get install {package}`"))
    })
}
