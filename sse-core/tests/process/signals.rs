//! Signals that stop a server.

use std::{
    future::pending,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sse_core::{Drain, Running, Serve, Shutdown};

/// Runs in the child process: a server with a response that never finishes.
#[tokio::test]
#[ignore = "a part of the tests below"]
async fn child() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let shutdown = Shutdown::new();
    let drain = Drain::default().deadline(10 * LONG);
    let server = Serve::new(|running: Running| async {
        running.drained.await;
        pending::<Result<(), String>>().await
    });
    let server = server.shutdown(shutdown.clone()).drain(drain);
    let report = async {
        // It is polled after the server, which by then waits for signals.
        println!("> ready");
        shutdown.draining().await;
        println!("> draining");
        pending::<()>().await;
    };
    tokio::select! {
        biased;
        result = server => result.unwrap(),
        () = report => {}
    }
}

#[test]
fn a_second_signal_stops_a_server_at_once() {
    for (first, second) in [("TERM", "TERM"), ("INT", "INT"), ("TERM", "INT")] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "signals::child"])
            .env(IS_CHILD, "1")
            .stdout(Stdio::piped())
            .spawn()
            .map(Killed)
            .unwrap();
        let child = &mut child.0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut until =
            |expected: &str| assert!(lines.any(|line| line.unwrap().contains(expected)));
        until("> ready");
        signal(child, first);
        until("> draining");
        assert_eq!(child.try_wait().unwrap(), None, "it waits for the response");
        signal(child, second);
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < LONG, "it does not stop after {first} and {second}");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(child.wait().unwrap().success());
    }
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const IS_CHILD: &str = "SIGNALS_CHILD";

const LONG: Duration = Duration::from_secs(20);
