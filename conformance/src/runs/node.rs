//! A node, which writes and serves runs.

use std::{
    io,
    net::SocketAddr,
    process,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::StreamExt;
use serde::Deserialize;
use sse_axum::{Event, LastEventId, Refusal, Sse, Text};
use sse_hub::{Hub, Principal};
use sse_redis::RedisBackend;
use sse_runs::{ReadFrom, RunError, RunSettings, Runs, WriteError, Writer};
use tokio::{net::TcpListener, time::sleep};

/// Serves until it is killed, with the runs of a Redis. It prints each event that a writer knows to be published.
///
/// # Errors
/// If Redis or the address cannot be used.
pub async fn serve(address: SocketAddr, redis: &str, lease: Duration) -> io::Result<()> {
    let backend = RedisBackend::new(redis).map_err(io::Error::other)?;
    let runs =
        Runs::builder().lease(lease).max_open_per_owner(10_000).open(Hub::builder(), backend).await;
    let runs = runs.map_err(io::Error::other)?;
    tokio::spawn(runs.background());
    let app = Router::new()
        .route("/runs", post(begin))
        .route("/runs/{id}", get(read))
        .route("/runs/{id}/ended", get(ended))
        .route("/writing", get(async || WRITING.load(Relaxed).to_string()))
        .with_state(runs);
    sse_axum::serve(TcpListener::bind(address).await?, app).await
}

/// The number of runs that this process writes.
static WRITING: AtomicUsize = AtomicUsize::new(0);

fn owner() -> Principal {
    Principal::new("ada").expect("short")
}

#[derive(Deserialize)]
struct Begin {
    key: String,
    tokens: u32,
    /// The longest pause before a token, in ms.
    pause: u64,
}

/// Begins a run: 201 and its ID. If the key is claimed, 409 and the ID of that run.
async fn begin(
    State(runs): State<Runs>,
    Query(Begin { key, tokens, pause }): Query<Begin>,
) -> Result<Response, Refusal> {
    match runs.begin(&owner(), RunSettings::default().key(key)).await {
        Ok(writer) => {
            let id = writer.id().to_string();
            tokio::spawn(async move {
                WRITING.fetch_add(1, Relaxed);
                // An error is an outcome of the run, which the readers see.
                let _ = write(writer, tokens, pause).await;
                WRITING.fetch_sub(1, Relaxed);
            });
            Ok((StatusCode::CREATED, id).into_response())
        }
        Err(RunError::Claimed { run, .. }) => {
            Ok((StatusCode::CONFLICT, run.to_string()).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes tokens in batches of up to four. Each names this process.
async fn write(mut writer: Writer, tokens: u32, pause: u64) -> Result<(), WriteError> {
    let (id, process) = (writer.id(), process::id());
    let mut written = 0;
    while written < tokens {
        sleep(Duration::from_millis(fastrand::u64(..=pause))).await;
        let some = fastrand::u32(1..=4).min(tokens - written);
        let token = |number| Event::data(format!("{process} token {number}")).event("token");
        let batch = (written + 1..=written + some).map(token).collect();
        let number = writer.publish_batch(batch).await?;
        println!("published {id} {number}");
        written += some;
    }
    writer.finish().await
}

/// Returns when a run has ended, in ms since 1970; nothing while it is written.
async fn ended(State(runs): State<Runs>, Path(id): Path<String>) -> Result<String, Refusal> {
    let ended = runs.status(&owner(), &id)?.ended.map(|(_, at)| at);
    let since = ended.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Ok(since.map_or_else(String::new, |since| since.as_millis().to_string()))
}

#[derive(Deserialize)]
struct Cursor {
    after: Option<u64>,
}

/// Returns a run. Its number is put before the data of each event.
async fn read(
    State(runs): State<Runs>,
    Path(id): Path<String>,
    Query(Cursor { after }): Query<Cursor>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    let from = after.map_or(ReadFrom::After(last.into()), ReadFrom::AfterNumber);
    let reading = runs.read(&owner(), &id, from).await?;
    let events = reading.map(|event| {
        let event = event?;
        let data = event.event.data.as_deref().unwrap_or_default();
        let data = Text::from(format!("{} {data}", event.number));
        Ok::<_, RunError>(Event { data: Some(data), ..event.event })
    });
    Ok(Sse::new(events))
}
