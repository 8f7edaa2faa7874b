//! A Redis server for one test.

use std::{
    os::unix::fs::symlink,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::{Value, aio::MultiplexedConnection, cmd, pipe};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::sleep;

/// A server that ends with the test. It listens on a socket in its own directory. `url` leads there through a link,
/// so that the address can be redirected to another server.
pub(crate) struct Server {
    dir: TempDir,
    args: Vec<String>,
    child: Child,
}

impl Server {
    /// Starts a server that keeps nothing across a restart.
    pub(crate) async fn start() -> Self {
        Self::with(&["--appendonly", "no"]).await
    }

    /// Starts a server that has every acknowledged write on disk.
    pub(crate) async fn durable() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"]).await
    }

    pub(crate) async fn with(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let child = spawn(&dir, &args);
        symlink(dir.path().join("socket"), dir.path().join("link")).expect("a link");
        let server = Self { dir, args, child };
        server.answers().await;
        server
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("socket")
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.dir.path().join("link").display())
    }

    /// Redirects this server's address to another server.
    pub(crate) fn lead_to(&self, other: &Self) {
        let (link, new) = (self.dir.path().join("link"), self.dir.path().join("new"));
        symlink(other.socket(), &new).expect("a link");
        std::fs::rename(new, link).expect("replaced");
    }

    /// Connects without our crate, to the server itself, wherever the address leads.
    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        let client =
            redis::Client::open(format!("unix://{}", self.socket().display())).expect("a URL");
        client.get_multiplexed_async_connection().await.expect("connects")
    }

    pub(crate) async fn ask(&self, command: &str) -> Value {
        let mut words = command.split(' ');
        let mut cmd = cmd(words.next().expect("a command"));
        words.for_each(|word| {
            cmd.arg(word);
        });
        cmd.query_async(&mut self.connection().await).await.unwrap_or_else(|error| {
            panic!("{command}: {error}");
        })
    }

    /// Sets keys of other applications.
    pub(crate) async fn fill(&self, keys: usize, bytes: usize) {
        let mut sets = pipe();
        for number in 0..keys {
            sets.cmd("SET").arg(format!("other {number}")).arg(vec![b'x'; bytes]).ignore();
        }
        sets.exec_async(&mut self.connection().await).await.expect("set");
    }

    /// Deletes a random key, as an eviction does.
    pub(crate) async fn evict(&self) {
        let mut connection = self.connection().await;
        let key: Option<Vec<u8>> =
            cmd("RANDOMKEY").query_async(&mut connection).await.expect("answered");
        let delete = cmd("DEL").arg(key.unwrap_or_default()).to_owned();
        delete.exec_async(&mut connection).await.expect("deleted");
    }

    /// Returns the key of the current log.
    pub(crate) async fn log(&self) -> String {
        // It may be lost while the nodes are about to begin another.
        for _ in 0..1_000 {
            if let Value::BulkString(epoch) = self.ask("GET {sse}:epoch").await {
                return format!("{{sse}}:log:{}", String::from_utf8(epoch).expect("letters"));
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no epoch");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Kills the server, as in a crash.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }

    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(&self.dir, &self.args);
        self.answers().await;
    }

    async fn answers(&self) {
        for _ in 0..200 {
            let client = redis::Client::open(format!("unix://{}", self.socket().display()));
            match client.expect("a URL").get_multiplexed_async_connection().await {
                Err(error) if error.is_io_error() => {}
                // An error from the server is an answer too.
                _ => return,
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("redis-server does not answer");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(dir: &TempDir, args: &[String]) -> Child {
    let _ = std::fs::remove_file(dir.path().join("socket"));
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--unixsocket"])
        .arg(dir.path().join("socket"))
        .arg("--dir")
        .arg(dir.path())
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("redis-server: {error}; install it: apt-get install redis-server")
        })
}

/// Returns a port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
