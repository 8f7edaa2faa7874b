//! No false alarm on our servers.

use std::process::Stdio;

use conformance::check::{Options, Trigger, check};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

/// A server in its own process, which the last check stops.
async fn findings(framework: &str) -> (Vec<&'static str>, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_conformance-server"));
    let server = server.arg(framework).stdout(Stdio::piped()).kill_on_drop(true);
    let mut server = server.spawn().expect("conformance-server");
    let pid = server.id().and_then(|id| id.try_into().ok()).expect("a process");
    let output = server.stdout.take().expect("its output");
    let url = BufReader::new(output).lines().next_line().await;
    let url = url.expect("a line").expect("its URL");
    let drain = Some(Trigger::Terminate(pid));
    let options = match framework {
        // It has no route that publishes.
        "hyper" => Options { drain, ..Options::new(format!("{url}/streams/counted")) },
        _ => Options {
            publish: format!("{url}/publish?topic=check").parse().ok(),
            drain,
            ..Options::new(format!("{url}/hub?topics=check"))
        },
    };
    let report = check(options).await.expect("checks that run");
    (report.findings().map(|finding| finding.rule.id).collect(), report.text())
}

macro_rules! no_false_alarm {
    ($($framework:ident),+) => { $(
        #[tokio::test]
        async fn $framework() {
            let (found, text) = findings(stringify!($framework)).await;
            // The hub keeps less than a slow reader misses, and reports what it has evicted.
            assert!(found.iter().all(|id| *id == "slow-reader/reported"), "{text}");
            for check in ["framing", "text", "ids", "resume", "race", "head-request", "http-1.0",
                "http-2", "compression", "drain"] {
                assert!(text.contains(&format!("{check:14} ok\n")), "{check} runs: {text}");
            }
        }
    )+ };
}

no_false_alarm!(axum, actix, warp, rocket, hyper);
