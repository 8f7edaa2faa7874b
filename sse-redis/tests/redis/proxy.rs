//! A proxy before a server, which does something at the worst moment.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use redis::cmd;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::AbortHandle,
};

use crate::server::Server;

/// A proxy before a server, which gives it commands of its own right before one that passes.
pub(crate) struct Proxy {
    dir: TempDir,
    traps: Arc<Mutex<VecDeque<Trap>>>,
    accepts: AbortHandle,
}

/// What to do before a command with this word.
struct Trap {
    before: &'static str,
    commands: Vec<Vec<String>>,
}

impl Proxy {
    pub(crate) fn before(server: &Server) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(dir.path().join("socket")).expect("listens");
        let traps = Arc::<Mutex<VecDeque<_>>>::default();
        let (to, set) = (server.socket(), Arc::clone(&traps));
        let accepts = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (to, traps) = (to.clone(), Arc::clone(&set));
                tokio::spawn(async move {
                    let server = UnixStream::connect(&to).await.expect("connects");
                    let url = format!("unix://{}", to.display());
                    pass(client, server, &url, &traps).await;
                });
            }
        });
        Self { dir, traps, accepts: accepts.abort_handle() }
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.dir.path().join("socket").display())
    }

    /// Gives the server these commands, once, before the next command with this word; in the
    /// order of the calls.
    pub(crate) fn trap(&self, before: &'static str, commands: &[&str]) {
        let words = |command: &&str| command.split(' ').map(str::to_owned).collect();
        let commands = commands.iter().map(words).collect();
        self.traps.lock().expect("no panic").push_back(Trap { before, commands });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

async fn pass(client: UnixStream, server: UnixStream, url: &str, traps: &Mutex<VecDeque<Trap>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers =
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from_client.read(&mut bytes).await {
        let passing = String::from_utf8_lossy(&bytes[..len]);
        let sprung = {
            let mut traps = traps.lock().expect("no panic");
            let springs = traps.front().is_some_and(|trap| passing.contains(trap.before));
            if springs { traps.pop_front() } else { None }
        };
        if let Some(trap) = sprung {
            let client = redis::Client::open(url).expect("a URL");
            let mut own = client.get_multiplexed_async_connection().await.expect("connects");
            for words in trap.commands {
                let command = cmd(&words[0]).arg(&words[1..]).to_owned();
                command.exec_async(&mut own).await.expect("done");
            }
        }
        if to_server.write_all(&bytes[..len]).await.is_err() {
            break;
        }
    }
    answers.abort();
}
