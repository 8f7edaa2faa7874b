//! Responses that have no content: to HEAD, and after the last event.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    open::Open,
    outcome::{Outcome, Stop},
    rules::{
        FINISHED, FINISHED_BODY, HEAD_BODY, HEAD_DIFFERS, HEAD_LATE, HEAD_REFUSED, NO_RESPONSE,
    },
    site::Site,
};
use crate::client::{Head, Request};

/// Checks the answer to a client that has everything.
pub(super) async fn check_finished(site: &Site) -> Outcome {
    let Some(id) = &site.options.finished_id else {
        return Err(Stop::because("use --finished-id"));
    };
    let open = site.open(&site.get().header("last-event-id", id)).await?;
    if open.head.status != 204 {
        let status = open.head.status;
        return Ok(vec![FINISHED.found(format!("Last-Event-ID: {id} is answered by {status}"))]);
    }
    let header = ["content-length", "transfer-encoding"]
        .into_iter()
        .find_map(|name| open.head.get(name).map(|value| format!("{name}: {value}")));
    if let Some(header) = header {
        return Ok(vec![FINISHED_BODY.found(header)]);
    }
    let content = content(open).await;
    Ok(if content.is_empty() { Vec::new() } else { vec![FINISHED_BODY.found(content)] })
}

/// Checks the answer to a HEAD request.
pub(super) async fn check_head(site: &Site, get: &Head) -> Outcome {
    let request = site.with_headers(Request::head(&*site.target));
    let open = match site.open(&request).await {
        Ok(open) => open,
        Err(Stop::Found(finding)) if finding.rule == &NO_RESPONSE => {
            return Ok(vec![HEAD_LATE.found(finding.bytes)]);
        }
        Err(stop) => return Err(stop),
    };
    let mut found = Vec::new();
    let head = open.head.clone();
    let content = content(open).await;
    if !content.is_empty() {
        found.push(HEAD_BODY.found(content));
    }
    if head.status != get.status {
        found.push(HEAD_REFUSED.found(head.status.to_string()));
    } else if head.get("content-type") != get.get("content-type") {
        let content_type = head.get("content-type").unwrap_or_default();
        found.push(HEAD_DIFFERS.found(format!("content-type: {content_type}")));
    }
    Ok(found)
}

/// The bytes that follow the head although there should be none.
async fn content(open: Open) -> Vec<u8> {
    let mut connection = open.into_body().into_connection();
    // A server that sends content sends some of it at once, as the first events in the stream.
    let _ = timeout(CONTENT, connection.excess()).await;
    connection.unread().to_vec()
}

/// The time in which content comes that should not.
const CONTENT: Duration = Duration::from_millis(500);
