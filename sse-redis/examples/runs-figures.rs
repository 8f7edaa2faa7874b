//! Measures what a run costs beside a plain stream of the same events, in memory and through Redis: the time to the
//! first token, and the tokens of one answer per second.
//!
//! `cargo run --release -p sse-redis --example runs-figures` starts its own `redis-server`. It reads the events as an
//! adapter's `Sse` does, and leaves out HTTP, which costs the same for all.

use std::{
    error::Error,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, stream};
use sse_core::{Event, Frame};
use sse_hub::{Hub, Principal, Retention};
use sse_redis::RedisBackend;
use sse_runs::{ReadFrom, RunSettings, Runs};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let socket = dir.path().join("socket");
    let _server = Server::start(dir.path(), &socket)?;
    while tokio::net::UnixStream::connect(&socket).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    let hub = || Hub::builder().retention(Retention::default().events(TOKENS + 1).bytes(1 << 30));
    let memory = Runs::new(hub().build());
    let backend = RedisBackend::new(&format!("unix://{}", socket.display()))?;
    let redis = Runs::builder().open(hub(), backend).await?;
    tokio::spawn(memory.background());
    tokio::spawn(redis.background());

    println!(
        "| | time to the first token, median | 99th percentile | tokens/s |\n|---|---:|---:|---:|"
    );
    for (name, runs) in [
        ("a plain stream", None),
        ("a run in memory", Some(&memory)),
        ("a run on Redis", Some(&redis)),
    ] {
        let mut times = Vec::new();
        for _ in 0..ANSWERS {
            let began = Instant::now();
            match runs {
                None => first(tokens(1)).await,
                Some(runs) => first(answer(runs, 1).await?).await,
            }
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let began = Instant::now();
        let read = match runs {
            None => all(tokens(TOKENS)).await,
            Some(runs) => all(answer(runs, TOKENS).await?).await,
        };
        let rate = TOKENS as f64 / began.elapsed().as_secs_f64();
        assert!(read >= TOKENS, "{read} events");
        let (median, late) = (times[ANSWERS / 2], times[ANSWERS * 99 / 100]);
        println!("| {name} | {median:.1?} | {late:.1?} | {rate:.0} |");
    }
    Ok(())
}

/// The tokens of a model that takes no time.
fn tokens(count: usize) -> impl Stream<Item = Result<Event, String>> + Send + 'static {
    stream::iter((0..count).map(|number| Ok(Event::data(format!("token {number}")).event("delta"))))
}

/// Begins a run, and returns its events.
async fn answer(
    runs: &Runs,
    count: usize,
) -> Result<impl Stream<Item = Result<Event, String>> + use<>, Box<dyn Error>> {
    let owner = Principal::new("ada")?;
    let writer = runs.begin(&owner, RunSettings::default()).await?;
    let events = runs.read(&owner, &writer.id().to_string(), ReadFrom::Start).await?.events();
    tokio::spawn(writer.write(tokens(count)));
    Ok(events.map(|event| event.map_err(|error| error.to_string())))
}

async fn first(events: impl Stream<Item = Result<Event, String>>) {
    let mut events = std::pin::pin!(events);
    let event = events.next().await.expect("a token").expect("not evicted");
    assert!(!Frame::from(event).is_empty());
}

async fn all(events: impl Stream<Item = Result<Event, String>>) -> usize {
    let mut events = std::pin::pin!(events);
    let (mut count, mut bytes) = (0, 0);
    while let Some(event) = events.next().await {
        bytes += Frame::from(event.expect("not evicted")).len();
        count += 1;
    }
    assert!(bytes > count);
    count
}

/// A server that ends with the program.
struct Server(Child);

impl Server {
    fn start(dir: &Path, socket: &Path) -> Result<Self, Box<dyn Error>> {
        let mut server = Command::new("redis-server");
        server
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(socket);
        Ok(Self(server.arg("--dir").arg(dir).stdout(Stdio::null()).spawn()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The tokens of the long answer.
const TOKENS: usize = 50_000;

/// The number of short answers.
const ANSWERS: usize = 1_000;
