//! Whether a compressed stream delivers each event at once.

use std::{io::Write as _, mem, time::Duration};

use flate2::write::GzDecoder;
use tokio::time::{Instant, timeout_at};

use super::{
    event::Events,
    outcome::{Outcome, Stop},
    resume::no_events,
    rules::{BROKEN, BUFFERED, UNASKED},
    site::Site,
};
use crate::client::Body;

/// Asks for gzip, and reads two events, which took `usual` without it.
pub(super) async fn check(site: &Site, usual: Option<Duration>) -> Outcome {
    let open = site.open(&site.get().header("accept-encoding", "gzip")).await?;
    match open.head.get("content-encoding").as_deref() {
        None | Some("identity") => return Ok(Vec::new()),
        Some("gzip") => {}
        Some(other) => return Ok(vec![UNASKED.found(format!("content-encoding: {other}"))]),
    }
    let usual = usual.ok_or_else(no_events)?;
    let until = Instant::now() + usual * 2 + site.options.timeout / 2;
    site.publishing(read(open.into_body(), until)).await
}

async fn read(mut body: Body, until: Instant) -> Outcome {
    let (mut decoder, mut events) = (GzDecoder::new(Vec::new()), Events::default());
    let (mut count, mut compressed, mut decoded) = (0, 0, 0);
    while count < 2 {
        let part = match timeout_at(until, body.next()).await {
            Ok(Ok(Some(part))) => part.bytes,
            Ok(Ok(None)) => return Err(Stop::because("the compressed stream ended early")),
            Ok(Err(error)) => return Ok(vec![BROKEN.found(error.to_string())]),
            Err(_) => {
                let text = format!("{count} events in {compressed} bytes of gzip");
                return Ok(vec![BUFFERED.found(text)]);
            }
        };
        compressed += part.len();
        for piece in part.chunks(PIECE) {
            if let Err(error) = decoder.write_all(piece).and_then(|()| decoder.flush()) {
                return Ok(vec![BROKEN.found(format!("{error}: {}", piece.escape_ascii()))]);
            }
            let text = mem::take(decoder.get_mut());
            decoded += text.len();
            if decoded > LARGEST {
                return Err(Stop::because("the first two events are too large"));
            }
            count += events.feed(&text).len();
        }
    }
    Ok(Vec::new())
}

/// The number of compressed bytes that are decoded at once: they become at most a thousand times as many.
const PIECE: usize = 4 * 1024;

/// The number of bytes after which it stops.
const LARGEST: usize = 64 << 20;
