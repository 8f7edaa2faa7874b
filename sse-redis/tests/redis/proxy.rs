//! A proxy that sends commands to the server at the worst moment.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use redis::cmd;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::AbortHandle,
};

use crate::server::Server;

/// A proxy that sends its own commands to the server right before a command that passes.
pub(crate) struct Proxy {
    dir: TempDir,
    traps: Arc<Mutex<VecDeque<Trap>>>,
    accepts: AbortHandle,
    replies: Arc<Replies>,
}

/// The lengths of replies.
#[derive(Default)]
struct Replies {
    /// The bytes since the last command passed.
    now: AtomicUsize,
    largest: AtomicUsize,
}

/// Commands to send before a command that contains a word.
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
        let replies = Arc::<Replies>::default();
        let counted = Arc::clone(&replies);
        let accepts = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (to, traps, counted) = (to.clone(), Arc::clone(&set), Arc::clone(&counted));
                tokio::spawn(async move {
                    let server = UnixStream::connect(&to).await.expect("connects");
                    let url = format!("unix://{}", to.display());
                    pass(client, server, &url, &traps, counted).await;
                });
            }
        });
        Self { dir, traps, accepts: accepts.abort_handle(), replies }
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.dir.path().join("socket").display())
    }

    /// Returns the length of the longest reply to commands that were sent at once.
    pub(crate) fn largest_reply(&self) -> usize {
        self.replies.largest.load(SeqCst)
    }

    /// Sends these commands once, before the next command that contains the word. Several calls take effect in
    /// order.
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

async fn pass(
    client: UnixStream,
    server: UnixStream,
    url: &str,
    traps: &Mutex<VecDeque<Trap>>,
    replies: Arc<Replies>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let counted = Arc::clone(&replies);
    let answers = tokio::spawn(async move {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(len @ 1..) = from_server.read(&mut bytes).await {
            let now = counted.now.fetch_add(len, SeqCst) + len;
            counted.largest.fetch_max(now, SeqCst);
            if to_client.write_all(&bytes[..len]).await.is_err() {
                break;
            }
        }
    });
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from_client.read(&mut bytes).await {
        replies.now.store(0, SeqCst);
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
