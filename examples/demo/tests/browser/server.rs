//! The demo in a process of its own.

use std::{
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout},
};

use crate::{Framework, PATIENCE};

/// The demo in a process of its own, killed when this is dropped.
pub(crate) struct Server {
    process: Child,
    /// Where it listens, with a slash at the end.
    pub(crate) url: String,
    pub(crate) port: u16,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts the demo and waits until it listens; port 0 is any free one.
    pub(crate) async fn start(framework: Framework, port: u16) -> Self {
        Self::start_with(framework, port, &[], &[]).await
    }

    /// Like [`start`](Self::start), with more arguments and with environment variables.
    pub(crate) async fn start_with(
        framework: Framework,
        port: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(["--framework", framework.argument, "--port", &port.to_string()])
            .args(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = Arc::<Mutex<String>>::default();
        let mut errors = BufReader::new(process.stderr.take().unwrap()).lines();
        tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                while let Ok(Some(line)) = errors.next_line().await {
                    log.lock().unwrap().push_str(&format!("{line}\n"));
                }
            }
        });
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let url =
            timeout(PATIENCE, read_url(&mut output)).await.ok().flatten().unwrap_or_else(|| {
                panic!("{}: no URL; stderr: {}", framework.name, log.lock().unwrap())
            });
        let port = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        Self { process, url, port, log }
    }

    /// Returns the number of streams that have ended, according to the demo's log.
    pub(crate) fn ended_streams(&self) -> usize {
        self.log.lock().unwrap().matches("stream ended").count()
    }

    /// Sends a signal and measures the time to the end of the process.
    pub(crate) async fn stop(mut self, signal: Signal) -> (Duration, ExitStatus) {
        let id = self.process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let sent = Instant::now();
        kill_process(id.expect("a process not waited for yet"), signal).unwrap();
        let status = timeout(PATIENCE, self.process.wait())
            .await
            .unwrap_or_else(|_| panic!("still running {PATIENCE:?} after {signal:?}"))
            .unwrap();
        (sent.elapsed(), status)
    }
}

async fn read_url(output: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    while let Some(line) = output.next_line().await.ok()? {
        if let Some(at) = line.find("http://") {
            return Some(line[at..].to_owned());
        }
    }
    None
}
