//! One connection through the proxy.

use std::{future::pending, io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    time::sleep,
};

use crate::Fault;

/// Passes a connection on until either side ends it or its fault happens, which `happened` counts.
pub(super) async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    fault: Fault,
    happened: impl Fn(),
) -> io::Result<()> {
    if fault == Fault::HalfOpen {
        happened();
        return pending().await;
    }
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::select! {
        // HTTP clients that close their side have left.
        asked = copy(&mut from_client, &mut to_server) => return asked.map(drop),
        answered = answer(&mut from_server, &mut to_client, fault) => {
            if !answered? {
                return to_client.shutdown().await;
            }
        }
    }
    happened();
    if let Fault::Stall { .. } = fault {
        // Holds both sockets.
        pending::<()>().await;
    }
    Ok(())
}

/// Passes a response on; returns whether its fault has happened.
async fn answer(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, fault: Fault) -> io::Result<bool> {
    match fault {
        Fault::Cut { after } | Fault::Stall { after } => {
            // Waits for the response, so that even with 0 bytes the request has arrived.
            if from.peek(&mut [0]).await? == 0 {
                return Ok(false);
            }
            Ok(copy(&mut from.take(after), to).await? == after)
        }
        Fault::Pieces { size, up_to } => {
            let mut buffer = vec![0; BUFFER];
            let mut passed = 0;
            loop {
                let read = from.read(&mut buffer).await?;
                if read == 0 {
                    return Ok(false);
                }
                let mut rest = &buffer[..read];
                while !rest.is_empty() {
                    let size = if passed < up_to { size.max(1) } else { LARGE_PIECE };
                    let (piece, later) = rest.split_at(size.min(rest.len()));
                    to.write_all(piece).await?;
                    passed += piece.len() as u64;
                    rest = later;
                    sleep(Fault::PAUSE).await;
                }
            }
        }
        Fault::None | Fault::HalfOpen => copy(from, to).await.map(|_| false),
    }
}

const BUFFER: usize = 16 * 1024;

const LARGE_PIECE: usize = 1_021;
