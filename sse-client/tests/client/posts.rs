//! POSTs to a server that closes its connections at random moments.

use std::{
    collections::HashMap,
    future::ready,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use http::Request;
use sse_client::{Client, ClientError, Hyper};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::dead::{HEAD, read_head};

/// A few of a million requests through hyper's pool never get an answer: those on a connection that the server closes
/// at that moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often each finished POST has arrived, by its body.
type Arrived = Arc<Mutex<HashMap<u32, u32>>>;

/// Answers a GET, keeps the connection, and closes it at a random moment of the POST that follows.
async fn serve(mut socket: TcpStream, arrived: Arrived) -> std::io::Result<()> {
    loop {
        let head = read_head(&mut socket).await;
        if head.starts_with(b"GET") {
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
            if fastrand::u8(..3) == 0 {
                // The idle connection ends about when the client sends its POST.
                sleep(Duration::from_micros(fastrand::u64(..300))).await;
                return Ok(());
            }
            continue;
        }
        if head.is_empty() || fastrand::u8(..4) == 0 {
            return Ok(());
        }
        let number = socket.read_u32().await?;
        *arrived.lock().unwrap().entry(number).or_default() += 1;
        // Before the response, within its head, before the events, or within them.
        let answer = [HEAD, b"data: 1\n\ndata: 2\n\n"].concat();
        socket.write_all(&answer[..fastrand::usize(..answer.len())]).await?;
        return Ok(());
    }
}

/// Sends this number of POSTs through a connector; returns how many have arrived, and how many of them twice.
async fn run(runs: u32, name: &str, repeat: Option<bool>) -> (usize, usize) {
    let arrived = Arrived::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let counted = arrived.clone();
    let server = tokio::spawn(async move {
        loop {
            let socket = listener.accept().await.unwrap().0;
            tokio::spawn(serve(socket, counted.clone()));
        }
    });
    let pooled = reqwest::Client::new();
    futures_util::stream::iter(0..runs)
        .for_each_concurrent(16, async |number| {
            let body = number.to_be_bytes().to_vec();
            let (pooled, url) = (pooled.clone(), url.clone());
            let mut client = match name {
                "hyper" => Client::new(Hyper, move || {
                    ready(Request::post(url.as_str()).body(body.clone().into()))
                }),
                _ => {
                    // This leaves a connection in the pool.
                    let get = async { pooled.get(&url).send().await?.bytes().await };
                    let _ = timeout(PATIENCE, get).await;
                    let client = pooled.clone();
                    Client::new(pooled, move || ready(client.post(&url).body(body.clone()).build()))
                }
            };
            client =
                client.backoff(Duration::ZERO..=Duration::from_millis(1)).stall_after(PATIENCE);
            if let Some(repeat) = repeat {
                client = client.reconnect(repeat);
            }
            // A client that repeats its POST ends after some events.
            client.events().take(4).for_each(async |_| {}).await;
        })
        .await;
    server.abort();
    let arrived = arrived.lock().unwrap();
    (arrived.len(), arrived.values().filter(|times| **times > 1).count())
}

async fn check(runs: u32) {
    for name in ["hyper", "reqwest, with kept-alive connections"] {
        let started = Instant::now();
        let (arrived, twice) = run(runs, name, None).await;
        println!(
            "{name}: {runs} POSTs, {arrived} arrived, {twice} twice, in {:.0} s",
            started.elapsed().as_secs_f32()
        );
        assert_eq!(twice, 0, "{name}");
        assert!(arrived > runs as usize / 2, "{name}: only {arrived} of {runs} arrived");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_post_is_sent_twice() {
    check(300).await;
}

#[ignore = "takes a minute; ./test.sh runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn in_10_000_runs_no_finished_post_is_sent_twice() {
    check(10_000).await;
}

#[tokio::test]
async fn a_post_is_not_sent_again_if_its_redirect_leads_nowhere() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = closed.local_addr().unwrap();
    drop(closed);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let posts = Arc::new(Mutex::new(0));
    let counted = posts.clone();
    let server = tokio::spawn(async move {
        loop {
            let mut socket = listener.accept().await.unwrap().0;
            read_head(&mut socket).await;
            *counted.lock().unwrap() += 1;
            let answer = format!(
                "HTTP/1.1 303 See Other\r\nlocation: http://{nowhere}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let client = reqwest::Client::new();
    let connector = client.clone();
    let client = Client::new(connector, move || ready(client.post(&url).build()));
    let updates = client.backoff(Duration::ZERO..=Duration::ZERO).updates();
    let last = updates.take(5).collect::<Vec<_>>().await.pop();
    server.abort();
    assert!(matches!(last, Some(Err(ClientError::NotRepeated(_)))), "{last:?}");
    assert_eq!(*posts.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_may_be_repeated_is_sent_again() {
    let (_, twice) = run(100, "hyper", Some(true)).await;
    assert!(twice > 50, "only {twice} of 100");
}
