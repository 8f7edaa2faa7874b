//! A new user's first minutes: paste a README's dependencies and program into an empty crate, build it, open
//! its stream, and stop it.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

use std::{
    fs,
    io::{BufRead, BufReader, Write, stderr},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use socket2::{Domain, Socket, Type};

const READMES: [&str; 5] = [
    "README.md",
    "sse-axum/README.md",
    "sse-actix/README.md",
    "sse-warp/README.md",
    "sse-rocket/README.md",
];

/// Takes minutes the first time, since it builds the frameworks with all their features.
#[ignore = "builds for minutes; ./test.sh runs it"]
#[test]
fn the_program_of_each_readme_builds_streams_and_stops_within_a_second() {
    for readme in READMES {
        let text = fs::read_to_string(repository().join(readme)).unwrap();
        let manifest = block(readme, &text, "toml");
        let program = block(readme, &text, "rust");
        let began = Instant::now();
        let built = build(readme, manifest, program);
        let took = began.elapsed().as_secs_f32();
        let stopped = run_and_stop(readme, built.path());
        let lines = program.split("fn main()").nth(1).unwrap().lines().skip(1);
        let main = lines.take_while(|line| *line != "}").count();
        let figure = format!(
            "{readme}: built in {took:.0} s; `main` has {main} lines; stopped after {stopped:.2?}\n"
        );
        // The test harness hides the output of `eprintln!` when a test passes.
        stderr().write_all(figure.as_bytes()).unwrap();
        assert!(stopped <= Duration::from_secs(1), "{figure}");
    }
}

/// Returns the first block of a language.
#[track_caller]
fn block<'a>(readme: &str, text: &'a str, language: &str) -> &'a str {
    let rest = text.split_once(&format!("```{language}"));
    let rest = rest.and_then(|(_, rest)| rest.split_once('\n'));
    let block = rest.and_then(|(_, rest)| rest.split_once("```"));
    block.unwrap_or_else(|| panic!("{readme}: no block of {language}")).0
}

#[track_caller]
fn build(readme: &str, manifest: &str, program: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!("[package]\nname = \"pasted\"\nedition = \"2024\"\n\n{manifest}");
    let manifest = manifest.replace("../sse/", &format!("{}/", repository().display()));
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    // The one change: a port that is free.
    let program = program.replace("\"127.0.0.1:3000\"", "std::env::var(\"ADDRESS\").unwrap()");
    fs::write(folder.path().join("src/main.rs"), program).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("copied");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0") // half the time, a third of the disk
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{readme}: a paste does not build: {errors}");
    fs::copy(target.join("debug/pasted"), folder.path().join("pasted")).unwrap();
    folder
}

/// Opens the program's stream, reads two events, and stops it while the stream is open.
#[track_caller]
fn run_and_stop(readme: &str, folder: &Path) -> Duration {
    // A socket that is bound and does not listen keeps the port for the program.
    let held = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    held.set_reuse_address(true).unwrap();
    held.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = held.local_addr().unwrap().as_socket().unwrap();
    let child = Command::new(folder.join("pasted"))
        .env("ADDRESS", address.to_string())
        .env("ROCKET_PORT", address.port().to_string())
        .env("ROCKET_LOG_LEVEL", "off")
        .spawn()
        .unwrap();
    let mut program = Program(child);
    let mut stream = connect(readme, address);
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    for event in ["data: event 0", "data: event 1"] {
        let found = lines.by_ref().map_while(Result::ok).any(|line| line == event);
        assert!(found, "{readme}: no {event:?}");
    }
    let began = Instant::now();
    kill_process(Pid::from_child(&program.0), Signal::TERM).unwrap();
    let rest: Vec<_> = lines.map_while(Result::ok).collect();
    let retry = rest.iter().any(|line| line.starts_with("retry: "));
    assert!(retry, "{readme}: no reconnection time at the end: {rest:?}");
    let status = program.0.wait().unwrap();
    assert!(status.success(), "{readme}: {status}");
    began.elapsed()
}

#[track_caller]
fn connect(readme: &str, address: SocketAddr) -> TcpStream {
    let began = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(error) if began.elapsed() > Duration::from_secs(10) => {
                panic!("{readme}: nothing listens at {address}: {error}")
            }
            Err(_) => sleep(Duration::from_millis(10)),
        }
    }
}

/// A program that is killed if the test fails.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
