//! Servers that close, and connections that die without a sign, over real sockets.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use http::Request;
use sse_client::{Client, Hyper, Lost, Update};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

/// One client of each connector.
pub(crate) fn clients(url: &str) -> [(&'static str, Client); 2] {
    let target = url.to_owned();
    let request = move || ready(Request::get(target.as_str()).body(Default::default()));
    [("reqwest", Client::get(url)), ("hyper", Client::new(Hyper, request))]
}

/// Reads the head of a request.
pub(crate) async fn read_head(socket: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    head
}

pub(crate) const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n";

/// Counts the connections within 2 s to a server that writes this and closes each.
async fn attempts(written: &'static [u8], pick: usize) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let server = tokio::spawn(async move {
        loop {
            let mut socket = listener.accept().await.unwrap().0;
            counted.fetch_add(1, Ordering::Relaxed);
            if !written.is_empty() {
                read_head(&mut socket).await;
                socket.write_all(written).await.unwrap();
            }
        }
    });
    let client = clients(&url).into_iter().nth(pick).unwrap().1;
    let _ = timeout(Duration::from_secs(2), client.events().count()).await;
    server.abort();
    count.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_at_once_is_tried_at_most_5_times_in_2_s() {
    let eager = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 0\n";
    for (connector, name) in ["reqwest", "hyper"].iter().enumerate() {
        for (case, written) in [("closes", &b""[..]), ("answers with retry: 0, and closes", eager)]
        {
            let attempts = attempts(written, connector).await;
            println!("{name}, a server that {case}: {attempts} attempts in 2 s");
            assert!((2..=5).contains(&attempts), "{name}, {case}: {attempts} attempts in 2 s");
        }
    }
}

/// Half-open sockets: the peer sends some keep-alives, and then vanishes without closing.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_100_half_open_sockets_is_noticed_within_two_keep_alives() {
    const KEEP_ALIVE: Duration = Duration::from_secs(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let mut socket = listener.accept().await.unwrap().0;
            tokio::spawn(async move {
                read_head(&mut socket).await;
                socket.write_all(HEAD).await.unwrap();
                socket.write_all(b"data: 1\n\n").await.unwrap();
                for number in 2..=3 {
                    sleep(KEEP_ALIVE).await;
                    socket.write_all(format!(":\ndata: {number}\n\n").as_bytes()).await.unwrap();
                }
                sleep(Duration::from_secs(600)).await;
            });
        }
    });
    let noticed = (0..100).map(async |number| {
        let client = clients(&url).into_iter().nth(number % 2).unwrap().1;
        let mut updates = client.stall_after(KEEP_ALIVE * 3 / 2).updates();
        let mut last = Instant::now();
        loop {
            match updates.next().await.unwrap().unwrap() {
                Update::Event(_) => last = Instant::now(),
                Update::Lost { cause: Lost::Stalled(_), .. } => return last.elapsed(),
                Update::Lost { cause, .. } => panic!("{cause}"),
                _ => {}
            }
        }
    });
    let mut times = join_all(noticed).await;
    times.sort();
    let in_time = times.iter().filter(|time| **time <= KEEP_ALIVE * 2).count();
    println!(
        "{in_time} of 100 half-open sockets noticed within two keep-alives; the last after {:?}",
        times[99]
    );
    assert_eq!(in_time, 100, "{times:?}");
    assert!(times[0] >= KEEP_ALIVE, "a connection that is alive was dropped: {times:?}");
}

#[tokio::test]
async fn a_url_may_have_a_query_without_a_path() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}?topic=a", listener.local_addr().unwrap());
    for (name, client) in clients(&url) {
        let request = async {
            let mut socket = listener.accept().await.unwrap().0;
            read_head(&mut socket).await
        };
        let mut events = client.events();
        let head = tokio::select! {
            head = request => head,
            event = events.next() => panic!("{name}: {event:?}"),
        };
        assert!(head.starts_with(b"GET /?topic=a HTTP/1.1"), "{name}");
    }
}
