//! What the servers and the client ask of the kernel: a core, files, the time.

use std::{fs, io, thread, time::Duration};

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

/// The core of the servers.
pub const SERVER: usize = 0;

/// The core of the client.
pub const CLIENT: usize = 1;

/// How many files each side may have open: 10,000 connections, and some.
pub const FILES: u64 = 12_000;

/// Keeps this thread, and those that it starts, on one core; returns whether that core exists.
pub fn pin(core: usize) -> bool {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).is_ok()
}

/// Lets this thread, and those that it starts, run on every core.
pub fn unpin() {
    let mut cores = CpuSet::new();
    (0..CpuSet::MAX_CPU).for_each(|core| cores.set(core));
    // Where it fails, nothing was pinned.
    let _ = sched_setaffinity(None, &cores);
}

/// Raises the soft limit of open files as far as the hard limit allows.
///
/// # Errors
/// If that is less than are needed.
pub fn need_files(needed: u64) -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised = Rlimit { current: limit.maximum.or(Some(needed)), ..limit };
    // What counts is the limit afterwards.
    let _ = setrlimit(Resource::Nofile, raised);
    if getrlimit(Resource::Nofile).current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let text = format!("{needed} open files are needed; raise the hard limit, `ulimit -Hn`");
    Err(io::Error::other(text))
}

/// The monotonic clock, which all processes share, in nanoseconds.
pub fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// The time that the threads of a process have run, user and system, to the nanosecond.
///
/// `utime` and `stime` of `/proc/<pid>/stat` are the same time in steps of 10 ms.
///
/// # Errors
/// If the process is gone.
pub fn cpu_of(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread that has ended meanwhile takes its time with it.
        let stat = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanos += stat.split(' ').next().and_then(|ran| ran.parse().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// The resident memory of a process, in bytes.
///
/// # Errors
/// If the process is gone.
pub fn resident(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib * 1_024).ok_or_else(|| io::Error::other("no VmRSS in /proc/<pid>/status"))
}

/// The average number of tasks that want a core, over a minute.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Whether there is a core for each side.
pub fn enough_cores() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2)
}
