//! A server that plays a fault, and notes each request.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::fault::{Fault, TOO_LONG};

/// A request that has arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Instant,
    /// In lower case.
    pub head: String,
}

#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<Vec<Request>>>);

impl Requests {
    pub fn all(&self) -> Vec<Request> {
        self.0.lock().expect("no panic").clone()
    }
}

/// Starts a server on the current runtime; returns its URL.
pub async fn start(fault: Fault, requests: Requests) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let requests = requests.clone();
            tokio::spawn(async move {
                // A client that leaves is not a failure.
                let _ = answer(socket, fault, requests).await;
            });
        }
    });
    url
}

async fn answer(mut socket: TcpStream, fault: Fault, requests: Requests) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    if head.starts_with("post") {
        socket.read_u8().await?; // its body
    }
    let number = {
        let mut requests = requests.0.lock().expect("no panic");
        requests.push(Request { at: Instant::now(), head });
        requests.len()
    };
    match (fault, number) {
        (Fault::Post, _) => return Ok(()),
        (Fault::NoContent, 2..) => {
            return socket.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
        }
        _ => socket.write_all(HEAD).await?,
    }
    match (fault, number) {
        (Fault::SplitCharacters, 1) => {
            for byte in "data: \u{e9}\u{6c17}\u{1f600}\n\n".as_bytes() {
                socket.write_all(&[*byte]).await?;
                sleep(Duration::from_millis(5)).await;
            }
        }
        (Fault::CrAtTheEnd, 1) => {
            for chunk in ["data: a\r", "\ndata: b\r", "\n\r", "\n"] {
                socket.write_all(chunk.as_bytes()).await?;
                sleep(Duration::from_millis(20)).await;
            }
        }
        (Fault::CrAlone, 1) => socket.write_all(b"data: a\rdata: b\r\r").await?,
        (Fault::Reconnect | Fault::NoContent, 1) => {
            return socket.write_all(b"id: 7\nretry: 100\ndata: a\n\n").await;
        }
        (Fault::PostCut, _) => return socket.write_all(b"data: a\n\n").await,
        (Fault::Retry, 1) => return socket.write_all(b"id: 7\nretry: 700\ndata: a\n\n").await,
        (Fault::TooLong, 1) => {
            socket.write_all(b"data: before\n\ndata: ").await?;
            let part = vec![b'x'; 1024 * 1024];
            for _ in 0..TOO_LONG / part.len() {
                socket.write_all(&part).await?;
            }
            socket.write_all(b"\n\ndata: after\n\n").await?;
        }
        (Fault::Stall, 1) => socket.write_all(b"data: a\n\n").await?,
        _ => {}
    }
    sleep(Duration::from_secs(120)).await;
    Ok(())
}

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n";
