//! What `sse-check` finds: each planted fault and nothing else, and nothing on our servers.

mod body;
mod fault;
mod faulty;
mod http2;
mod ours;

use std::{process::Stdio, sync::Arc, time::Duration};

use conformance::check::{Options, RULES, Severity, Trigger, check};
use tokio::{process::Command, sync::Semaphore, task::JoinSet};

use self::{fault::Fault, faulty::Faulty};

/// Checks a server with one fault, and returns the rules that it broke.
async fn findings(fault: Option<Fault>) -> Vec<&'static str> {
    let server = Faulty::start(fault).await;
    let report = check(options(&server)).await.expect("checks that run");
    if fault.is_none() {
        let skipped = report.checks.iter().find(|check| check.not_checked.is_some());
        assert!(skipped.is_none(), "all checks run: {}", report.text());
    }
    report.findings().map(|finding| finding.rule.id).collect()
}

fn options(server: &Faulty) -> Options {
    let trigger = |path| format!("http://{}/{path}", server.address).parse().ok();
    Options {
        publish: trigger("publish"),
        drain: trigger("drain"),
        drain_time: Duration::from_millis(500),
        origin: Some("https://page.example".to_owned()),
        finished_id: Some("finished".to_owned()),
        keep_alive: Some(Duration::from_millis(500)),
        timeout: Duration::from_secs(3),
        ..Options::new(format!("http://{}/events", server.address))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_planted_fault_is_found_and_nothing_else() {
    let jobs = Arc::new(Semaphore::new(12));
    let mut running = JoinSet::new();
    let faults = fault::TABLE.iter().map(|(fault, rule)| (Some(*fault), vec![*rule]));
    for (fault, expected) in faults.chain([(None, Vec::new())]) {
        let jobs = Arc::clone(&jobs);
        running.spawn(async move {
            let _job = jobs.acquire_owned().await;
            (fault, expected, findings(fault).await)
        });
    }
    let mut wrong = Vec::new();
    while let Some(done) = running.join_next().await {
        let (fault, expected, found) = done.expect("a check that does not panic");
        if found != expected {
            wrong.push(format!("{fault:?}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fault_is_planted_for_each_rule() {
    let planted =
        |id: &str| fault::TABLE.iter().any(|(_, rule)| *rule == id) || id == "drain/process";
    let missing: Vec<_> = RULES.iter().map(|rule| rule.id).filter(|id| !planted(id)).collect();
    assert!(missing.is_empty(), "add faults that break {missing:?}");
}

#[tokio::test]
async fn a_process_that_ignores_sigterm_is_found() {
    let mut stubborn = Command::new("sh");
    stubborn.args(["-c", "trap '' TERM; echo; while :; do sleep 0.1; done"]);
    let mut process = stubborn.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("a shell");
    // It ignores the signal once it has written a line.
    let mut output = process.stdout.take().expect("its output");
    tokio::io::AsyncReadExt::read_u8(&mut output).await.expect("a line");
    let server = Faulty::start(None).await;
    let pid = process.id().and_then(|id| id.try_into().ok()).expect("a process");
    let options = Options { drain: Some(Trigger::Terminate(pid)), ..options(&server) };
    let report = check(options).await.expect("checks that run");
    let found: Vec<_> = report.findings().map(|finding| finding.rule.id).collect();
    assert_eq!(found, ["drain/late", "drain/process"]);
}

#[tokio::test]
async fn the_exit_status_says_whether_there_are_errors() {
    let exit = async |url: &str, options: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sse-check"));
        let output = program.arg(url).args(options).output().await.expect("sse-check");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let brief = ["--timeout", "0.3"];
    let warning = Faulty::start(Some(Fault::Caching)).await;
    let (code, text) = exit(&format!("http://{}/events", warning.address), &brief).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning head/caching"), "{text}");
    let error = Faulty::start(Some(Fault::Charset)).await;
    let (code, text) = exit(&format!("http://{}/events", error.address), &brief).await;
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(exit("https://localhost/events", &brief).await, (Some(2), String::new()));
}

#[tokio::test]
async fn a_server_that_does_not_exist_cannot_be_checked() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let report = check(Options::new(format!("http://{address}/events"))).await;
    let error = report.expect_err("no report");
    assert!(error.contains("cannot connect"), "{error}");
}

#[tokio::test]
async fn a_redirect_names_the_url_to_check() {
    let server = Faulty::start(None).await;
    let report = check(Options::new(format!("http://{}/moved", server.address))).await;
    let error = report.expect_err("no report");
    assert_eq!(error, "the server redirects to /events: check that URL");
}

#[tokio::test]
async fn a_report_has_the_same_findings_in_each_format() {
    let server = Faulty::start(Some(Fault::Charset)).await;
    let options = Options::new(format!("http://{}/events", server.address));
    let options = Options { timeout: Duration::from_millis(300), ..options };
    let report = check(options).await.expect("checks that run");
    assert!(report.has_errors());
    let skipped = report.checks.iter().filter(|check| check.not_checked.is_some()).count();

    let text = report.text();
    assert!(text.contains("error   head/charset (HTML 9.2.5)"), "{text}");
    assert!(text.contains(&format!("not checked: {skipped}")), "{text}");

    let json: serde_json::Value =
        serde_json::from_str(&report.json().expect("JSON")).expect("JSON");
    let finding = &json["checks"][0]["findings"][0];
    assert_eq!(finding["id"], "head/charset");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["bytes"], "content-type: text/event-stream; charset=latin1");

    let junit = report.junit().expect("JUnit");
    let parsed = quick_junit::Report::deserialize_from_str(&junit).expect("JUnit");
    let suite = &parsed.test_suites[0];
    assert_eq!((suite.failures, junit.matches("<skipped").count()), (1, skipped), "{junit}");
}

#[test]
fn the_documentation_lists_all_rules() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sse-check.md");
    let docs = std::fs::read_to_string(docs).expect("docs/sse-check.md");
    let listed = docs.lines().filter(|line| line.starts_with("| `") && line.contains('/'));
    let rows: Vec<_> = RULES.iter().map(|rule| rule.row()).collect();
    let severities = [Severity::Note, Severity::Warning, Severity::Error];
    let listed: Vec<_> = listed
        .filter(|line| severities.iter().any(|it| line.contains(&format!("| {} |", it.name()))))
        .collect();
    assert_eq!(listed, rows, "print the rows with `sse-check --rules`");
}
