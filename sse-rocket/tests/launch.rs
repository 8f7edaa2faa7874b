//! Launches Rockets.
#![allow(clippy::unwrap_used)] // clippy allows it in tests, but not in their helpers

use std::{
    future::{IntoFuture, ready},
    net::TcpListener,
};

use rocket::{Build, Config, Rocket, error::ErrorKind, tokio};

fn rocket() -> Rocket<Build> {
    Rocket::custom(Config::figment().merge(("port", 0)).merge(("log_level", "normal")))
}

/// Runs in the child process, which is this program again.
#[test]
#[ignore = "a part of the tests below"]
fn child() {
    let launched = sse_rocket::launch(rocket()).until(ready(()));
    rocket::execute(launched.into_future()).unwrap();
}

/// Returns the output of a Rocket that has this environment and an inherited socket.
#[cfg(unix)]
fn launched(environment: &str) -> String {
    use std::{
        env,
        os::fd::OwnedFd,
        process::{Command, Stdio},
    };

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = format!("{environment} exec \"$@\" 3<&0 </dev/null");
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "child"])
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn an_inherited_socket_causes_a_warning() {
    for (environment, warns) in [
        ("LISTEN_FDS=1 LISTEN_PID=$$", true),
        ("LISTEN_FDS=1", true),
        ("LISTEN_FDS=0 LISTEN_PID=$$", false),
        ("LISTEN_FDS=1 LISTEN_PID=1", false),
        ("", false),
    ] {
        let output = launched(environment);
        let lines = output.lines().filter(|line| line.contains("LISTEN_FDS"));
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), usize::from(warns), "{environment}: {output}");
        assert!(lines.iter().all(|line| line.starts_with("Warning: ")), "{output}");
    }
}

#[rocket::async_test]
async fn the_future_can_be_spawned() {
    let launched = tokio::spawn(async { sse_rocket::launch(rocket()).until(ready(())).await });
    launched.await.unwrap().unwrap();
    tokio::spawn(sse_rocket::launch(rocket()).until(ready(())).into_future())
        .await
        .unwrap()
        .unwrap();
}

#[rocket::async_test]
async fn a_rocket_that_cannot_be_launched_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let rocket = Rocket::custom(Config::figment().merge(("port", port)));
    let error = sse_rocket::launch(rocket).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Bind(_)), "{error}");
}
