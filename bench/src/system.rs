//! Functions of the kernel that the servers and the client use: cores, files, clocks.

use std::{fs, io, thread, time::Duration};

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

/// The core on which the servers run.
pub const SERVER: usize = 0;

/// The core on which the client runs.
pub const CLIENT: usize = 1;

/// The number of files that each side may have open: 10,000 connections, and a reserve.
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
    // If this fails, the thread was not pinned either.
    let _ = sched_setaffinity(None, &cores);
}

/// Raises the soft limit of open files as far as the hard limit allows.
///
/// # Errors
/// An error if fewer files than needed are allowed.
pub fn need_files(needed: u64) -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised = Rlimit { current: limit.maximum.or(Some(needed)), ..limit };
    // Errors are ignored, because the resulting limit is checked below.
    let _ = setrlimit(Resource::Nofile, raised);
    if getrlimit(Resource::Nofile).current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let text = format!("{needed} open files are needed; raise the hard limit (`ulimit -Hn`)");
    Err(io::Error::other(text))
}

/// Returns the time of the monotonic clock, which all processes share, in ns.
pub fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// Returns the CPU time of a process's threads, user and system, with a resolution of 1 ns.
///
/// `utime` and `stime` of `/proc/<pid>/stat` are the same time with a resolution of 10 ms.
///
/// # Errors
/// An error if the process is gone.
pub fn cpu_of(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // The time of a thread that has ended meanwhile is not counted.
        let stat = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanos += stat.split(' ').next().and_then(|ran| ran.parse().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// Returns the resident memory of a process, in bytes.
///
/// # Errors
/// An error if the process is gone.
pub fn resident(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib * 1_024).ok_or_else(|| io::Error::other("no VmRSS in /proc/<pid>/status"))
}

/// Returns the average number of runnable tasks in the last minute.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Returns whether there is a core for each side.
pub fn enough_cores() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2)
}
