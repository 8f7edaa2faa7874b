//! Whether a compressed stream delivers each event at once.

use std::{io::Write as _, time::Duration};

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
    let (mut count, mut compressed) = (0, 0);
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
        if let Err(error) = decoder.write_all(&part).and_then(|()| decoder.flush()) {
            let part = part.escape_ascii().to_string();
            return Ok(vec![BROKEN.found(format!("{error}: {part}"))]);
        }
        count += events.feed(&std::mem::take(decoder.get_mut())).len();
    }
    Ok(Vec::new())
}
