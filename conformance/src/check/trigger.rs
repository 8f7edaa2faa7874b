//! What makes a server publish an event, or stop.

use std::{io, process::Stdio, str::FromStr, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::timeout,
};

use super::url;

/// What makes a server publish an event, or stop: on a command line, a URL, the number of a process, or a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A POST request: the host with its port, and the target.
    Post(String, String),
    /// SIGTERM to a process.
    Terminate(i32),
    /// A command of the shell, which receives the content on its standard input.
    Command(String),
}

impl Trigger {
    /// Does it, with this content.
    ///
    /// # Errors
    /// If it is not possible, takes longer than the limit, or the server or the command reports a failure.
    pub async fn pull(&self, content: &str, limit: Duration) -> io::Result<()> {
        timeout(limit, self.pull_without_limit(content)).await?
    }

    async fn pull_without_limit(&self, content: &str) -> io::Result<()> {
        match self {
            Self::Post(host, target) => post(host, target, content).await,
            Self::Terminate(process) => {
                let process = Pid::from_raw(*process).ok_or(io::ErrorKind::InvalidInput)?;
                Ok(kill_process(process, Signal::TERM)?)
            }
            Self::Command(command) => shell(command, content).await,
        }
    }
}

async fn post(host: &str, target: &str, content: &str) -> io::Result<()> {
    let mut socket = TcpStream::connect(host).await?;
    let length = content.len();
    let request = format!(
        "POST {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: text/plain\r\ncontent-length: {length}\r\n\r\n{content}"
    );
    socket.write_all(request.as_bytes()).await?;
    let mut status = [0; "HTTP/1.1 200".len()];
    socket.read_exact(&mut status).await?;
    match status[9] {
        b'2' => Ok(()),
        _ => Err(io::Error::other(format!("POST {target}: {}", status.escape_ascii()))),
    }
}

async fn shell(command: &str, content: &str) -> io::Result<()> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    let mut child = shell.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A command may end without reading its input.
        let _ = input.write_all(content.as_bytes()).await;
    }
    let status = child.wait().await?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{command}: {status}"))),
    }
}

impl FromStr for Trigger {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(process) = text.parse() {
            return Ok(Self::Terminate(process));
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            let (host, target) = url::parse(text)?;
            return Ok(Self::Post(host, target));
        }
        Ok(Self::Command(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_receives_the_content_and_reports_its_failure() {
        let limit = Duration::from_secs(10);
        let command = |text: &str| text.parse::<Trigger>().expect("a command");
        command("test \"$(cat)\" = hello").pull("hello", limit).await.expect("equal content");
        command("test \"$(cat)\" = hello").pull("hi", limit).await.expect_err("other content");
        let endless = command("sleep 60").pull("", Duration::from_millis(10)).await;
        assert_eq!(endless.expect_err("a limit").kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn the_text_of_a_trigger_says_its_kind() {
        let post = Trigger::Post("a:1".to_owned(), "/b".to_owned());
        assert_eq!("http://a:1/b".parse(), Ok(post));
        assert_eq!("4711".parse(), Ok(Trigger::Terminate(4711)));
        assert_eq!("kill 4711".parse(), Ok(Trigger::Command("kill 4711".to_owned())));
        "https://a:1/b".parse::<Trigger>().expect_err("no TLS");
    }
}
