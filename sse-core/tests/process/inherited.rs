//! Sockets that a process inherits.

use std::{
    io,
    net::{TcpListener, UdpSocket},
    os::{fd::OwnedFd, unix::net::UnixListener},
    process::{Command, Stdio},
};

use socket2::{Domain, Socket, Type};

/// Runs in the child process: takes the kinds of sockets that `INHERITED_TAKES` lists, and prints each.
#[test]
#[ignore = "a part of the tests below"]
fn child() {
    let takes = std::env::var("INHERITED_TAKES").unwrap_or_default();
    for kind in takes.split_whitespace() {
        let taken = match kind {
            "tcp" => sse_core::inherited_tcp_listener()
                .map(|taken| taken.map(|it| it.local_addr().unwrap().to_string())),
            _ => sse_core::inherited_unix_listener().map(|taken| {
                taken
                    .map(|it| it.local_addr().unwrap().as_pathname().unwrap().display().to_string())
            }),
        };
        match taken {
            Ok(Some(address)) => println!("> {address}"),
            Ok(None) => println!("> none"),
            Err(error) => {
                let error = io::Error::from(error);
                println!("> {error}; {:?}", error.kind());
            }
        }
    }
    let left = std::env::var_os("LISTEN_FDS");
    println!("> {}", if left.is_some() { "left" } else { "removed" });
}

/// Runs the child with sockets as its descriptors 3 and up, as a service manager does.
#[track_caller]
fn check(sockets: Vec<OwnedFd>, pid: &str, takes: &str, expected: &[&str]) {
    let count = sockets.len();
    let mut sockets = sockets.into_iter().map(Stdio::from);
    let mut command = Command::new("sh");
    // The shell gets the sockets as its standard streams, because only those can be passed safely. `exec` keeps
    // its process ID, so `$$` is the child's.
    let script = match count {
        0 => "LISTEN_FDS=0 exec \"$@\"".to_owned(),
        1 => format!("LISTEN_FDS=1 LISTEN_PID={pid} exec \"$@\" 3<&0 </dev/null"),
        _ => format!("LISTEN_FDS=2 LISTEN_PID={pid} exec \"$@\" 3<&0 4<&2 </dev/null 2>/dev/null"),
    };
    command.args(["-c", &script, "sh"]).arg(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", "inherited::child"])
        .env("INHERITED_TAKES", takes);
    if let Some(first) = sockets.next() {
        command.stdin(first);
    }
    if let Some(second) = sockets.next() {
        command.stderr(second);
    }
    let output = command.output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<_> = output.lines().filter_map(|line| line.split_once("> ")).collect();
    let seen: Vec<_> = seen.into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(seen, expected, "{output}");
}

fn tcp(address: &str) -> (OwnedFd, String) {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener.into(), address)
}

#[test]
fn listening_sockets_are_taken_in_their_order() {
    let (first, v4) = tcp("127.0.0.1:0");
    check(vec![first], "$$", "tcp tcp", &[&v4, "none", "removed"]);

    if TcpListener::bind("[::1]:0").is_ok() {
        let (first, v6) = tcp("[::1]:0");
        check(vec![first], "$$", "tcp", &[&v6, "removed"]);
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    let path = path.display().to_string();
    check(vec![unix.into()], "$$", "unix unix", &[&path, "none", "removed"]);

    let [(first, one), (second, two)] = [tcp("127.0.0.1:0"), tcp("127.0.0.1:0")];
    check(vec![first, second], "$$", "tcp tcp tcp", &[&one, &two, "none", "removed"]);
}

#[test]
fn sockets_of_another_process_are_not_taken() {
    check(vec![], "$$", "tcp unix", &["none", "none", "removed"]);
    let (socket, _) = tcp("127.0.0.1:0");
    check(vec![socket], "1", "tcp", &["none", "removed"]);
}

#[test]
fn a_descriptor_that_is_not_a_listening_socket_of_the_kind_is_an_error() {
    let error = |kind: &str, number| {
        format!(
            "inherited descriptor number {number} is not a listening {kind} socket: check \
             `ListenStream=` of the socket unit; InvalidInput"
        )
    };
    let tcp_error = error("TCP", 1);
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    check(vec![udp.into()], "$$", "tcp", &[&tcp_error, "removed"]);

    let file = tempfile::tempfile().unwrap();
    check(vec![file.into()], "$$", "tcp", &[&tcp_error, "removed"]);

    let quiet = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    check(vec![quiet.into()], "$$", "tcp tcp", &[&tcp_error, "none", "removed"]);

    // A socket of another kind can still be taken as its own kind.
    let (socket, address) = tcp("127.0.0.1:0");
    check(vec![socket], "$$", "unix tcp", &[&error("Unix stream", 1), &address, "removed"]);
}
