//! Checks any server of event streams, in any language: what the program `sse-check` does.
//!
//! Each check is a function from what a server sent to findings. A check that needs the cooperation of the server
//! does not run without the option for it, and the report says so. The [rules](RULES) are one table.

mod compare;
mod compression;
mod cors;
mod drain;
mod event;
mod finding;
mod head;
mod keep_alive;
mod lines;
mod open;
mod options;
mod outcome;
mod race;
mod report;
mod resume;
mod rule;
mod rules;
mod site;
mod slow;
mod text;
mod trigger;
mod url;
mod versions;
mod without_body;

pub use self::{
    finding::Finding,
    options::Options,
    report::{Check, Report},
    rule::{Rule, Severity},
    rules::ALL as RULES,
    trigger::Trigger,
};

use std::collections::HashSet;

use tokio::time::Instant;

use self::{
    outcome::{Outcome, Stop},
    site::Site,
};

/// Checks a server. Each check is bounded by the [timeout](Options::timeout) or its own time.
///
/// # Errors
/// If the checks cannot run: the URL is not valid, the server does not accept a connection or redirects to another
/// URL, or it cannot be made to publish.
pub async fn check(options: Options) -> Result<Report, String> {
    let site = Site::find(options).await?;
    if let Some(publish) = &site.options.publish {
        let published = publish.pull("sse-check", site.options.timeout).await;
        published.map_err(|error| format!("--publish failed: {error}"))?;
    }
    let mut report = Report { url: site.options.url.clone(), checks: Vec::new() };
    let mut known = HashSet::new();
    let mut add = |name, outcome| {
        let mut check = checked(name, outcome);
        check.findings.retain(|finding| known.insert(finding.rule.id));
        report.checks.push(check);
    };
    let (mut open, is_early) = match site.open_first().await {
        Ok(first) => first,
        Err(stop) => {
            add("head", Err(stop));
            return Ok(report);
        }
    };
    if let (300..400, Some(location)) = (open.head.status, open.head.get("location")) {
        return Err(format!("the server redirects to {location}: check that URL"));
    }
    let found = head::check(&open.head);
    let is_fatal = head::is_fatal(&found);
    add("head", Ok(found));
    if is_fatal {
        return Ok(report);
    }
    let until = site.deadline();
    let began = Instant::now();
    let events = site.publishing(open.events(site.options.events, until)).await;
    let usual = (events.len() >= 2).then(|| began.elapsed());
    let greeting = compare::greeting(&events);
    let (has_events, greeting) = (!events.is_empty(), greeting.as_deref());
    add("opening", head::check_opening(&open, is_early));
    add("framing", Ok(head::check_framing(&open)));
    add("text", Ok(text::check(&open)));
    let ids = resume::check_ids(&events);
    let usable = ids.as_ref().is_ok_and(|found| !found.iter().any(is_error));
    add("ids", ids);
    let first_head = open.head.clone();
    // Servers of one thread may serve one stream at a time.
    drop(open);
    let resumed = match usable {
        true => resume::check(&site, &events, greeting).await,
        false => Err(Stop::because("needs events with usable IDs: see the check ids")),
    };
    let resumes = resumed.as_ref().is_ok_and(Vec::is_empty);
    add("resume", resumed);
    add(
        "race",
        match resumes {
            true => race::check(&site, &events, greeting).await,
            false => Err(Stop::because("needs a stream that resumes: see the check resume")),
        },
    );
    add("finished", without_body::check_finished(&site).await);
    add("head-request", without_body::check_head(&site, &first_head).await);
    add("cors", cors::check(&site).await);
    add("http-1.0", versions::check_http_10(&site, has_events).await);
    add("http-2", versions::check_http_2(&site, has_events).await);
    add("compression", compression::check(&site, usual).await);
    add("keep-alive", keep_alive::check(&site).await);
    add(
        "slow-reader",
        match usable {
            true => slow::check(&site, greeting).await,
            false => Err(Stop::because("needs events with usable IDs: see the check ids")),
        },
    );
    add("drain", drain::check(&site).await);
    Ok(report)
}

fn is_error(finding: &Finding) -> bool {
    finding.rule.severity == Severity::Error
}

fn checked(name: &'static str, outcome: Outcome) -> Check {
    match outcome {
        Ok(findings) => Check { name, not_checked: None, findings },
        Err(Stop::Found(finding)) => Check { name, not_checked: None, findings: vec![finding] },
        Err(Stop::NotChecked(reason)) => {
            Check { name, not_checked: Some(reason), findings: Vec::new() }
        }
    }
}
