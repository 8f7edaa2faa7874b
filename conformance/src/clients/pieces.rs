//! A proxy that passes a server's answers on in pieces.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// A proxy that passes a server's answers on in pieces, so that they are cut at almost any byte: in the
/// middle of a character, of a line and of a line break. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Pieces {
    /// Where it listens.
    pub(super) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Pieces {
    /// Starts a proxy in front of a server.
    pub(super) async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(async move {
                    // A client that leaves ends its connection.
                    drop(pass(client, server).await);
                });
            }
        });
        Ok(Self { address, _tasks: tasks })
    }
}

async fn pass(client: TcpStream, server: SocketAddr) -> io::Result<()> {
    client.set_nodelay(true)?;
    let server = TcpStream::connect(server).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let ask = async {
        tokio::io::copy(&mut from_client, &mut to_server).await?;
        to_server.shutdown().await
    };
    let answer = async {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let count = from_server.read(&mut buffer).await?;
            if count == 0 {
                return to_client.shutdown().await;
            }
            let mut rest = &buffer[..count];
            while !rest.is_empty() {
                // Primes, so that no structure of the text is met again and again.
                let size = if passed < FINE { 7 } else { 1021 };
                let (piece, later) = rest.split_at(size.min(rest.len()));
                to_client.write_all(piece).await?;
                passed += piece.len();
                rest = later;
                sleep(PAUSE).await;
            }
        }
    };
    tokio::try_join!(ask, answer).map(drop)
}

/// The number of bytes that are passed on a few at a time.
const FINE: usize = 3_000;

/// The pause after each piece, so that the client reads each piece separately.
const PAUSE: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_arrives_whole_but_cut_within_characters() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let pieces = Pieces::start(listener.local_addr().unwrap()).await.unwrap();
        let mut client = TcpStream::connect(pieces.address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let text = "😀".repeat(2_000);
        server.write_all(text.as_bytes()).await.unwrap();
        drop(server);

        let (mut received, mut cuts) = (Vec::new(), 0);
        let mut buffer = [0; 4_096];
        loop {
            let count = client.read(&mut buffer).await.unwrap();
            if count == 0 {
                break;
            }
            received.extend_from_slice(&buffer[..count]);
            cuts += usize::from(received.len() % 4 != 0);
        }
        assert!(received == text.as_bytes(), "other bytes");
        assert!(cuts > 50, "{cuts} cuts within a character");
    }
}
