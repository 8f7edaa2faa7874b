//! What happens to a stream when its server stops.

use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use tokio::time::{Instant, sleep};

use super::{
    Trigger,
    open::End,
    outcome::{Outcome, Stop},
    rules::{DRAIN_CUT, DRAIN_EVENT, DRAIN_LATE, DRAIN_PROCESS},
    site::Site,
};

/// Stops the server while a stream is open. This is the last check.
pub(super) async fn check(site: &Site) -> Outcome {
    let Some(drain) = &site.options.drain else {
        return Err(Stop::because("use --drain"));
    };
    let mut open = site.open(&site.get()).await?;
    site.publishing(open.read(site.deadline())).await;
    let until = Instant::now() + site.options.drain_time;
    // A command may wait until the server has stopped.
    let stops = drain.pull("", site.options.drain_time);
    let (stopped, ()) = tokio::join!(stops, async { while open.read(until).await {} });
    stopped.map_err(|error| Stop::because(format!("--drain failed: {error}")))?;
    let mut found = Vec::new();
    match open.end {
        None if Instant::now() < until => {
            return Err(Stop::because("the stream is too large to wait for its end"));
        }
        None => {
            let seconds = site.options.drain_time.as_secs_f64();
            found.push(DRAIN_LATE.found(format!("the stream is open after {seconds} s")));
        }
        Some(_) if open.is_within_event() => found.push(DRAIN_EVENT.found(open.tail())),
        // A length that is too large is another finding.
        Some(_) if open.head.get("content-length").is_some() => {}
        Some(End::Cut | End::Invalid(_)) => found.push(DRAIN_CUT.found(open.tail())),
        Some(End::Complete) => {}
    }
    if let Trigger::Terminate(process) = drain
        && let Some(process) = Pid::from_raw(*process)
    {
        while test_kill_process(process).is_ok() && !is_zombie(process) && Instant::now() < until {
            sleep(POLL).await;
        }
        if test_kill_process(process).is_ok() && !is_zombie(process) {
            found.push(DRAIN_PROCESS.found(format!("process {process} still runs")));
        }
    }
    Ok(found)
}

/// A process that has exited exists until its parent asks for its status.
fn is_zombie(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    stat.is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
}

/// How often the process is looked for.
const POLL: Duration = Duration::from_millis(50);
