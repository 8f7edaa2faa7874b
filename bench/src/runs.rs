//! What a run costs beside a plain stream of the same tokens, in memory and through Redis, over HTTP.

use std::{
    error::Error,
    future::pending,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path as Segments, State},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{Stream, stream};
use sse_axum::{Refusal, Sse};
use sse_core::{Decoder, Event, StreamItem};
use sse_hub::{Hub, Principal, Retention};
use sse_redis::RedisBackend;
use sse_runs::{ReadFrom, RunSettings, Runs};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::system;

/// Measures answers of one token and of many, and prints a table. It starts its own `redis-server`.
///
/// # Errors
/// If a server does not start, or an answer is not complete.
pub fn print() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let redis = Redis::start(folder.path())?;
    let runtime = Runtime::new()?;
    let address = runtime.block_on(serve(&redis.url))?;

    let kinds = [
        ("plain", "a plain stream"),
        ("memory", "a run in memory"),
        ("redis", "a run on Redis, on the same machine"),
    ];
    let (mut firsts, mut wholes) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
    println!("{} answers of each kind; load average {}\n", SHORT_ANSWERS, system::load());
    for _ in 0..SHORT_ANSWERS {
        for ((kind, _), times) in kinds.iter().zip(&mut firsts) {
            times.push(ask(address, kind, 1)?.0);
        }
    }
    for turn in 1..=LONG_ANSWERS {
        eprintln!("long answers: turn {turn} of {LONG_ANSWERS}");
        for ((kind, _), times) in kinds.iter().zip(&mut wholes) {
            times.push(ask(address, kind, TOKENS)?.1);
        }
    }
    println!("| | time to the first token, median | 99th percentile | tokens/s of one answer |");
    println!("|---|---:|---:|---:|");
    for (((_, name), mut firsts), mut wholes) in kinds.into_iter().zip(firsts).zip(wholes) {
        firsts.sort_unstable();
        wholes.sort_unstable();
        let ms = |part: usize| firsts[firsts.len() * part / 100].as_secs_f64() * 1e3;
        let rate = TOKENS as f64 / wholes[LONG_ANSWERS / 2].as_secs_f64();
        println!("| {name} | {:.3} ms | {:.3} ms | {rate:.0} |", ms(50), ms(99));
    }
    Ok(())
}

/// Reads an answer; returns the times from the request to the first token, and to the end of the response.
fn ask(
    address: SocketAddr,
    kind: &str,
    tokens: usize,
) -> Result<(Duration, Duration), Box<dyn Error>> {
    let mut server = TcpStream::connect(address)?;
    server.set_nodelay(true)?;
    // With HTTP/1.0, the body has no chunks, and the connection ends with it.
    let request = format!("GET /{kind}/{tokens} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    let began = Instant::now();
    server.write_all(request.as_bytes())?;
    let (mut decoder, mut buffer) = (Decoder::new(), vec![0; 64 * 1024]);
    let (mut first, mut count) = (None, 0);
    loop {
        let read = server.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        // The decoder also ignores the head, whose lines are no known fields.
        decoder.feed(&buffer[..read]);
        for item in decoder.by_ref() {
            if let StreamItem::Event(event) = item?
                && event.event.as_deref() == Some("delta")
            {
                first.get_or_insert_with(|| began.elapsed());
                count += 1;
            }
        }
    }
    match first {
        Some(first) if count == tokens => Ok((first, began.elapsed())),
        _ => Err(format!("{kind}: {count} of {tokens} tokens arrived").into()),
    }
}

/// Starts the server of the answers.
async fn serve(redis: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let hub = || Hub::builder().retention(Retention::default().events(TOKENS + 1).bytes(1 << 30));
    let memory = Runs::new(hub().build());
    let redis = Runs::builder().open(hub(), RedisBackend::new(redis)?).await?;
    let app = Router::new().route("/plain/{count}", get(plain));
    let app = [("/memory/{count}", memory), ("/redis/{count}", redis)].into_iter().fold(
        app,
        |app, (path, runs)| {
            tokio::spawn(runs.background());
            app.route(path, get(run).with_state(runs))
        },
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { sse_axum::serve(listener, app).until(pending::<()>()).await });
    Ok(address)
}

async fn plain(Segments(count): Segments<usize>) -> Response {
    Sse::new(tokens(count)).into_response()
}

async fn run(
    State(runs): State<Runs>,
    Segments(count): Segments<usize>,
) -> Result<Response, Refusal> {
    let owner = Principal::new("ada").expect("short");
    let writer = runs.begin(&owner, RunSettings::default()).await?;
    let answer = runs.read(&owner, &writer.id().to_string(), ReadFrom::Start).await?.events();
    tokio::spawn(writer.write(tokens(count)));
    Ok(Sse::new(answer).into_response())
}

/// The tokens of a model that takes no time.
fn tokens(count: usize) -> impl Stream<Item = Result<Event, String>> + Send + 'static {
    stream::iter((0..count).map(|number| Ok(Event::data(format!("token {number}")).event("delta"))))
}

/// A server that ends with the program.
struct Redis {
    process: Child,
    url: String,
}

impl Redis {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let socket = folder.join("socket");
        let mut server = Command::new("redis-server");
        server.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
        let process = server.arg(&socket).arg("--dir").arg(folder).stdout(Stdio::null()).spawn()?;
        let started = Self { process, url: format!("unix://{}", socket.display()) };
        for _ in 0..500 {
            if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
                return Ok(started);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err("redis-server does not start".into())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const SHORT_ANSWERS: usize = 1_000;

const LONG_ANSWERS: usize = 9;

/// The tokens of a long answer.
const TOKENS: usize = 50_000;
