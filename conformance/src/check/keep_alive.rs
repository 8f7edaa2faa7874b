//! What comes when there are no events.

use tokio::time::Instant;

use super::{
    outcome::{Outcome, Stop},
    rules::SILENT,
    site::Site,
    text,
};

/// Reads for twice the allowed silence, without publishing.
pub(super) async fn check(site: &Site) -> Outcome {
    let Some(allowed) = site.options.keep_alive else {
        return Err(Stop::because("use --keep-alive"));
    };
    let mut open = site.open(&site.get()).await?;
    let end = Instant::now() + allowed * 2;
    let mut has_comment = false;
    while Instant::now() < end {
        let before = open.bytes.len();
        if !open.read(Instant::now() + allowed).await {
            return Ok(match open.end {
                Some(_) => Vec::new(),
                None => vec![SILENT.found(format!("no bytes for {} s", allowed.as_secs_f64()))],
            });
        }
        has_comment |= open.bytes.get(before..).is_some_and(|new| new.starts_with(b":"));
    }
    match has_comment {
        // What keeps the stream alive does not come in the first seconds, which the check of the text reads.
        true => Ok(text::check(&open)),
        false => Err(Stop::because("events came all the time: use the URL of a quiet stream")),
    }
}
