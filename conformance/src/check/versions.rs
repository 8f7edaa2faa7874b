//! The same stream over HTTP/1.0 and HTTP/2.

use std::{error::Error, time::Duration};

use h2::client;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{timeout, timeout_at},
};

use super::{
    event::Events,
    outcome::{Outcome, Stop},
    rules::{HTTP_2_EVENTS, HTTP_2_MALFORMED, HTTP_10_CHUNKED, HTTP_10_EVENTS},
    site::Site,
};

/// Checks the stream over HTTP/1.0.
pub(super) async fn check_http_10(site: &Site, has_events: bool) -> Outcome {
    let mut open = site.open_over(&site.get(), "1.0").await?;
    if let Some(coding) = open.head.get("transfer-encoding") {
        return Ok(vec![HTTP_10_CHUNKED.found(format!("transfer-encoding: {coding}"))]);
    }
    if open.head.status != 200 {
        return Ok(vec![HTTP_10_EVENTS.found(format!("status {}", open.head.status))]);
    }
    if !has_events {
        return Ok(Vec::new());
    }
    let until = site.deadline();
    if site.publishing(open.events(1, until)).await.is_empty() {
        return Ok(vec![HTTP_10_EVENTS.found(open.tail())]);
    }
    Ok(Vec::new())
}

/// Checks the stream over HTTP/2 in clear.
pub(super) async fn check_http_2(site: &Site, has_events: bool) -> Outcome {
    if !speaks_http_2(site).await {
        return Err(Stop::because("the server does not speak HTTP/2 in clear (prior knowledge)"));
    }
    match timeout(site.options.timeout, site.publishing(ask_over_http_2(site))).await {
        Err(_) => Ok(vec![HTTP_2_EVENTS.found("no head of a response in time")]),
        Ok(Err(error)) => Ok(vec![HTTP_2_MALFORMED.found(error.to_string())]),
        Ok(Ok((status, _))) if status != 200 => {
            Ok(vec![HTTP_2_EVENTS.found(format!("status {status}"))])
        }
        Ok(Ok(_)) if !has_events => Ok(Vec::new()),
        Ok(Ok((_, mut body))) => {
            let (until, mut events, mut received) = (site.deadline(), Events::default(), 0);
            let read = async {
                while let Ok(Some(Ok(bytes))) = timeout_at(until, body.data()).await {
                    // This fails only for a stream that is gone; the next frame reports that.
                    let _ = body.flow_control().release_capacity(bytes.len());
                    received += bytes.len();
                    if !events.feed(&bytes).is_empty() {
                        return true;
                    }
                    if received > LARGEST {
                        break;
                    }
                }
                false
            };
            match site.publishing(read).await {
                true => Ok(Vec::new()),
                false => Ok(vec![HTTP_2_EVENTS.found("a head, but no event in time")]),
            }
        }
    }
}

/// Whether the answer to the preface begins with a frame of settings (RFC 9113 3.4).
async fn speaks_http_2(site: &Site) -> bool {
    let answer = async {
        let mut socket = TcpStream::connect(site.address).await?;
        socket.write_all(PREFACE).await?;
        let mut header = [0; 9];
        socket.read_exact(&mut header).await?;
        Ok::<_, std::io::Error>(header[3] == SETTINGS && header[5..] == [0; 4])
    };
    matches!(timeout(ANSWER, answer).await, Ok(Ok(true)))
}

async fn ask_over_http_2(
    site: &Site,
) -> Result<(u16, h2::RecvStream), Box<dyn Error + Send + Sync>> {
    let socket = TcpStream::connect(site.address).await?;
    let (sender, connection) = client::handshake(socket).await?;
    tokio::spawn(connection);
    let mut request = http::Request::builder().uri(format!("http://{}{}", site.host, site.target));
    request = request.header("accept", "text/event-stream");
    for (name, value) in &site.options.headers {
        request = request.header(name, value);
    }
    let (answer, _) = sender.ready().await?.send_request(request.body(())?, true)?;
    let (head, body) = answer.await?.into_parts();
    Ok((head.status.as_u16(), body))
}

/// The preface of a client, and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The type of a frame of settings.
const SETTINGS: u8 = 4;

/// The time in which a server of HTTP/2 sends its settings.
const ANSWER: Duration = Duration::from_secs(1);

/// The number of bytes after which it stops to look for an event.
const LARGEST: usize = 64 << 20;
