//! Passes a listening socket on to a process.

use std::{
    io,
    net::TcpListener,
    os::fd::OwnedFd,
    path::Path,
    process::{Command, Stdio},
};

/// A command whose process inherits a listening socket, as from systemd (`sd_listen_fds(3)`).
///
/// Only standard streams can be passed on without `unsafe` code, so a shell takes the socket as its input
/// and becomes the program.
pub(crate) fn inheriting(program: &Path, socket: &TcpListener) -> io::Result<Command> {
    let mut command = Command::new("sh");
    command
        .args(["-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 </dev/null"])
        .arg(program)
        .stdin(Stdio::from(OwnedFd::from(socket.try_clone()?)));
    Ok(command)
}
