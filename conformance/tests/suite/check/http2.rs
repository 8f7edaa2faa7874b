//! An answer over HTTP/2, written by hand.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Fault;

/// Answers one request over HTTP/2 (RFC 9113), whatever its headers are.
pub(super) async fn serve(
    fault: Option<Fault>,
    mut socket: TcpStream,
    mut received: Vec<u8>,
) -> io::Result<()> {
    socket.write_all(&frame(4, 0, 0, b"")).await?;
    socket.write_all(&frame(4, 1, 0, b"")).await?;
    // The answer may come once all of a request's headers have.
    loop {
        while let Some((length, kind)) = frame_at(&received)
            && received.len() >= 9 + length
        {
            received.drain(..9 + length);
            if kind == 1 {
                return answer(fault, socket).await;
            }
        }
        if socket.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

async fn answer(fault: Option<Fault>, mut socket: TcpStream) -> io::Result<()> {
    // `:status: 200` is entry 8 of the static table; the others are literals with new names.
    let mut fields = vec![0x88];
    let mut headers = vec![("content-type", "text/event-stream")];
    if fault == Some(Fault::Http2Connection) {
        headers.push(("connection", "keep-alive"));
    }
    for (name, value) in headers {
        fields.push(0);
        for text in [name, value] {
            fields.push(u8::try_from(text.len()).expect("a short field"));
            fields.extend_from_slice(text.as_bytes());
        }
    }
    socket.write_all(&frame(1, 4, 1, &fields)).await?;
    match fault == Some(Fault::Http2Closed) {
        true => socket.write_all(&frame(0, 1, 1, b"")).await?,
        false => socket.write_all(&frame(0, 0, 1, b"id: 0\ndata: hello\n\n")).await?,
    }
    // Until the client leaves.
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).await.map(drop)
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short frame");
    let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
}

/// The length and the type of a frame.
fn frame_at(bytes: &[u8]) -> Option<(usize, u8)> {
    let header = bytes.first_chunk::<9>()?;
    let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
    Some((length as usize, header[3]))
}

/// What a client of HTTP/2 sends first.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
