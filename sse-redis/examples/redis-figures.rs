//! Measures what a publish through Redis costs beside a hub in memory: the time until it is acknowledged, the time
//! until another node's subscriber has it, and the server's processor time.
//!
//! `cargo run --release -p sse-redis --example redis-figures` starts its own `redis-server`.

use std::{
    error::Error,
    fmt, fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use redis::{aio::MultiplexedConnection, cmd};
use sse_core::{Decoder, Event, StreamItem};
use sse_hub::{Hub, PublishError, Subscription};
use sse_redis::RedisBackend;
use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let socket = dir.path().join("socket");
    let server = Server::start(dir.path(), &socket)?;
    let url = format!("unix://{}", socket.display());
    let mut admin = connect(&url).await?;

    println!(
        "| events/s | | acknowledged, p50 | p99 | delivered, p50 | p99 | server's CPU an event |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for rate in [200, 2_000] {
        let hub = Hub::new();
        println!("| {rate} | in memory | {} | |", measure(&hub, &hub, rate).await);

        let backend = || RedisBackend::builder(&url).prefix(rate.to_string()).build();
        let here = Hub::builder().open(backend()?).await?;
        let background_here = tokio::spawn(here.background());
        let there = Hub::builder().open(backend()?).await?;
        let background_there = tokio::spawn(there.background());
        let before = server.cpu()?;
        let times = measure(&here, &there, rate).await;
        let cpu = (server.cpu()? - before) / (rate * SECONDS);
        println!("| {rate} | Redis, two nodes | {times} | {cpu:.0?} |");
        let times = ends(&here, rate).await?;
        println!("| {rate} | Redis, topics that end | {:.0?} | {:.0?} |", times.0, times.1);
        background_here.abort();
        background_there.abort();
    }

    let keys: Vec<String> = cmd("KEYS").arg("{2000}:log:*").query_async(&mut admin).await?;
    let key = keys.first().ok_or("no log")?;
    let exact = ["SAMPLES", "0"];
    let bytes: u64 =
        cmd("MEMORY").arg("USAGE").arg(key).arg(&exact).query_async(&mut admin).await?;
    let events: u64 = cmd("XLEN").arg(key).query_async(&mut admin).await?;
    println!("\nmemory: {} bytes an event, of which its own are {BYTES}", bytes / events);
    let stats: String = cmd("INFO").arg("commandstats").query_async(&mut admin).await?;
    let ours = ["xadd:", "xread:", "xrange:", "get:"];
    for line in stats.lines().filter(|line| ours.iter().any(|name| line.contains(name))) {
        println!("{line}");
    }
    Ok(())
}

/// A server that ends with the program.
struct Server(Child);

impl Server {
    fn start(dir: &Path, socket: &Path) -> Result<Self, Box<dyn Error>> {
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(socket)
            .arg("--dir")
            .arg(dir)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server: {error}; apt-get install redis-server"))?;
        Ok(Self(child))
    }

    /// Returns its processor time.
    fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = fs::read_to_string(format!("/proc/{}/schedstat", self.0.id()))?;
        let ns = stat.split(' ').next().ok_or("no time")?.parse()?;
        Ok(Duration::from_nanos(ns))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connect(url: &str) -> Result<MultiplexedConnection, Box<dyn Error>> {
    let client = redis::Client::open(url)?;
    for _ in 0..100 {
        if let Ok(connection) = client.get_multiplexed_async_connection().await {
            return Ok(connection);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err("redis-server does not answer".into())
}

/// The times until a publish is acknowledged, and until the subscriber has the event.
struct Times {
    acknowledged: Vec<Duration>,
    delivered: Vec<Duration>,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |times: &[Duration], percent| times[times.len() * percent / 100];
        let (acknowledged, delivered) = (&self.acknowledged, &self.delivered);
        write!(f, "{:.0?} | {:.0?}", of(acknowledged, 50), of(acknowledged, 99))?;
        write!(f, " | {:.0?} | {:.0?}", of(delivered, 50), of(delivered, 99))
    }
}

/// Publishes at a rate, whether the previous publishes are acknowledged or not.
async fn measure(here: &Hub, there: &Hub, rate: u32) -> Times {
    let count = (rate * SECONDS) as usize;
    let starts = Arc::new(Mutex::new(vec![None; count]));
    let events = there.subscribe("a").expect("within the limits").opening(None);
    let reader = tokio::spawn(read(events, Arc::clone(&starts), count));
    sleep(Duration::from_millis(200)).await;
    let mut ticks = interval(Duration::from_secs(1) / rate);
    let mut publishes = JoinSet::new();
    for number in 0..count {
        ticks.tick().await;
        let (hub, starts) = (here.clone(), Arc::clone(&starts));
        publishes.spawn(async move {
            let event =
                Event::data(format!("{number:<width$}", width = BYTES - "data: \n\n".len()));
            let start = Instant::now();
            starts.lock().expect("no panic")[number] = Some(start);
            hub.publish("a", event).await.expect("published");
            start.elapsed()
        });
    }
    let mut acknowledged = publishes.join_all().await;
    acknowledged.sort_unstable();
    let mut delivered = reader.await.expect("no panic");
    delivered.sort_unstable();
    Times { acknowledged, delivered }
}

/// Ends topics at a rate; returns p50 and p99 of the time until an end is acknowledged, once this node's own tail has
/// delivered it.
async fn ends(hub: &Hub, rate: u32) -> Result<(Duration, Duration), Box<dyn Error>> {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    let mut times = JoinSet::new();
    for number in 0..rate * SECONDS {
        ticks.tick().await;
        let hub = hub.clone();
        times.spawn(async move {
            let start = Instant::now();
            hub.end(&format!("topic {number}"), Some(Event::data("the last"))).await?;
            Ok::<_, PublishError>(start.elapsed())
        });
    }
    let mut times = times.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok((times[times.len() / 2], times[times.len() * 99 / 100]))
}

async fn read(
    mut events: Subscription,
    starts: Arc<Mutex<Vec<Option<Instant>>>>,
    count: usize,
) -> Vec<Duration> {
    let mut decoder = Decoder::new();
    let mut times = Vec::new();
    while times.len() < count {
        let frame = events.next().await.expect("the hub has not drained");
        let now = Instant::now();
        decoder.feed_bytes(frame.into_bytes());
        for item in decoder.by_ref() {
            let Ok(StreamItem::Event(event)) = item else { panic!("no event") };
            let data = event.data.as_deref().unwrap_or_default();
            let number: usize = data.trim_end().parse().expect("no gap");
            let start = starts.lock().expect("no panic")[number].expect("was published");
            times.push(now - start);
        }
    }
    times
}

/// The length of an encoded event, without its ID.
const BYTES: usize = 256;

const SECONDS: u32 = 5;
