//! Whether a page of another origin may read the stream.

use super::{
    outcome::{Outcome, Stop},
    rules::{CORS, CORS_CREDENTIALS, CORS_ERRORS, CORS_VARY},
    site::Site,
};
use crate::client::{Head, Request};

/// Checks the stream, and an error of the same server.
pub(super) async fn check(site: &Site) -> Outcome {
    let Some(origin) = &site.options.origin else {
        return Err(Stop::because("use --origin"));
    };
    let open = site.open(&site.get().header("origin", origin)).await?;
    let Some(allowed) = allowed(&open.head, origin) else {
        return Ok(vec![CORS.found(show(&open.head))]);
    };
    let mut found = Vec::new();
    let credentials = open.head.get("access-control-allow-credentials");
    if allowed == "*" || credentials.as_deref() != Some("true") {
        found.push(CORS_CREDENTIALS.found(show(&open.head)));
    }
    let vary = open.head.get("vary").unwrap_or_default().to_ascii_lowercase();
    if allowed != "*" && !vary.contains("origin") && vary != "*" {
        found.push(CORS_VARY.found(format!("{}, no vary: origin", show(&open.head))));
    }
    // A path below the stream's, so that it is served by the same application.
    let path = site.target.split('?').next().unwrap_or_default().trim_end_matches('/');
    let request = site.with_headers(Request::get(format!("{path}{MISSING}")));
    let error = site.open(&request.header("origin", origin)).await?.head;
    if error.status >= 400 && self::allowed(&error, origin).is_none() {
        found.push(CORS_ERRORS.found(format!("{}: {}", error.status, show(&error))));
    }
    Ok(found)
}

fn allowed(head: &Head, origin: &str) -> Option<String> {
    head.get("access-control-allow-origin").filter(|value| value == "*" || value == origin)
}

fn show(head: &Head) -> String {
    let name = "access-control-allow-origin";
    head.get(name).map_or_else(|| format!("no {name}"), |value| format!("{name}: {value}"))
}

/// A page that does not exist.
const MISSING: &str = "/sse-check-missing";
