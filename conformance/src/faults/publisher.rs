//! Publishes and ends topics through the load balancer, as any program would.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The outcome of a publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Stored, under this ID, by the node with this address.
    Acknowledged(String, SocketAddr),
    /// Not stored, as the node says.
    Refused,
    /// The topic has ended.
    Ended,
    /// The event may be stored or not.
    Unknown,
}

/// Publishes one event.
pub(super) async fn publish(address: SocketAddr, topic: &str, text: &str) -> Outcome {
    send(address, &format!("/topics/{topic}"), text).await
}

/// Ends a topic with a last event.
pub(super) async fn end(address: SocketAddr, topic: &str, text: &str) -> Outcome {
    send(address, &format!("/topics/{topic}/end"), text).await
}

async fn send(address: SocketAddr, path: &str, text: &str) -> Outcome {
    match timeout(PATIENCE, post(address, path, text)).await {
        Ok(Ok((200, id, Some(node)))) => Outcome::Acknowledged(id, node),
        Ok(Ok((410, ..))) => Outcome::Ended,
        Ok(Ok((503, ..))) => Outcome::Refused,
        _ => Outcome::Unknown,
    }
}

async fn post(
    address: SocketAddr,
    path: &str,
    text: &str,
) -> io::Result<(u16, String, Option<SocketAddr>)> {
    let mut socket = TcpStream::connect(address).await?;
    let request = format!(
        "POST {path} HTTP/1.0\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
         content-length: {}\r\n\r\n{text}",
        text.len()
    );
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no status"))?;
    // The last of them, if nginx asked several.
    let node = head.lines().find_map(|line| line.strip_prefix("X-Node: "));
    let node = node.and_then(|nodes| nodes.rsplit(", ").next()?.parse().ok());
    Ok((status, body.trim().to_owned(), node))
}

/// Longer than a node is halted, so that a node which continues can still answer.
const PATIENCE: Duration = Duration::from_secs(15);
