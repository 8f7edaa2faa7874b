//! The workloads that are measured: one table, with a function for each row.

mod fan_out;
mod flood;
mod idle;
mod latency;
mod overrun;
mod resume;
mod wave;

use std::{io, path::PathBuf};

use crate::{
    Contestant, Kind, Session,
    servers::{Options, Shape},
};

/// A load, and the figures that it yields.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// The name on the command line, and of the chart's file.
    pub name: &'static str,
    /// The title in the report.
    pub title: &'static str,
    /// A description for the report: the load, and how to read its figures.
    pub about: &'static str,
    /// The figures, in the order in which `run` returns them; the chart shows the first.
    pub figures: &'static [Figure],
    /// The number of turns of each server in the full report.
    pub rounds: usize,
    /// Whether a server takes part.
    pub takes_part: fn(Contestant) -> bool,
    /// Starts a server, loads it, and returns the figures.
    pub run: fn(&Scale, Contestant) -> io::Result<Vec<f64>>,
}

/// The name of a figure, with its unit, and the number of decimals to show.
#[derive(Clone, Copy, Debug)]
pub struct Figure(pub &'static str, pub usize);

/// The size of the loads.
#[derive(Clone, Debug)]
pub struct Scale {
    /// The program of this crate, which is also the servers'.
    pub exe: PathBuf,
    /// Whether the report has to be done within minutes.
    pub short: bool,
    /// The number of clients in the reconnect wave, if it is not the default.
    pub clients: Option<u64>,
}

/// All workloads, in the order of the report.
pub const ALL: &[Workload] = &[
    Workload {
        name: "fan-out-1000",
        title: "Fan-out, 1,000 subscribers",
        about: "Events of 256 B go to 1,000 subscribers; the next one is published when all have \
                received it. The CPU time is the server's, for each event that arrived.",
        figures: fan_out::FIGURES,
        rounds: 11,
        takes_part: everybody,
        run: |scale, contestant| {
            let rounds = scale.pick(100, 60);
            fan_out::run(scale, contestant, 1_000, rounds, 1, Shape::line(256))
        },
    },
    Workload {
        name: "fan-out-10000",
        title: "Fan-out, 10,000 subscribers",
        about: "This is the same with 10,000 subscribers.",
        figures: fan_out::FIGURES,
        rounds: 7,
        takes_part: everybody,
        run: |scale, contestant| {
            let rounds = 10;
            fan_out::run(scale, contestant, 10_000, rounds, 1, Shape::line(256))
        },
    },
    Workload {
        name: "bursts",
        title: "Bursts of 64",
        about: "64 events of 256 B are published at once to 1,000 subscribers, and the next 64 when all \
                have received them. The floor writes a burst as one chunk.",
        figures: fan_out::FIGURES,
        rounds: 5,
        takes_part: everybody,
        run: |scale, contestant| {
            let rounds = scale.pick(5, 25);
            fan_out::run(scale, contestant, 1_000, rounds, 64, Shape::line(256))
        },
    },
    Workload {
        name: "fragments",
        title: "Fragments of 8 KiB",
        about: "Events of 8 KiB in lines of 128 B, like HTML, go to 200 subscribers; the next one is \
                published when all have received it.",
        figures: fan_out::FIGURES,
        rounds: 5,
        takes_part: everybody,
        run: |scale, contestant| {
            let rounds = scale.pick(50, 300);
            let shape = Shape { size: 8 * 1_024, line: 128 };
            fan_out::run(scale, contestant, 200, rounds, 1, shape)
        },
    },
    Workload {
        name: "latency",
        title: "Latency, 10 events a second",
        about: "10 events of 256 B a second go to 1,000 subscribers. The times are from the publish \
                until the client has read the event. One core writes to 1,000 sockets one after \
                another, so the median is about half of a fan-out.",
        figures: latency::RATE,
        rounds: 3,
        takes_part: everybody,
        run: latency::rate,
    },
    Workload {
        name: "nodelay",
        title: "A burst to one subscriber, with and without TCP_NODELAY",
        about: "64 events of 256 B are published at once to one subscriber, and the next 64 when it has \
                received them. Without: the listener has the framework's own options (Rocket sets \
                TCP_NODELAY itself).",
        figures: latency::NODELAY,
        rounds: 3,
        takes_part: frameworks,
        run: latency::nodelay,
    },
    Workload {
        name: "slow-readers",
        title: "10 slow readers among 1,000",
        about: "50 events of 8 KiB a second go to 1,000 subscribers, of which 10 do not read until all \
                have been published. The figures show the effect on the 990, and what the 10 receive \
                afterwards.",
        figures: latency::SLOW,
        rounds: 3,
        takes_part: everybody,
        run: latency::slow,
    },
    Workload {
        name: "flood",
        title: "One connection, as fast as it goes",
        about: "A stream that always has a next event goes to one client. Ours and own build each \
                event, and raw repeats a prebuilt one. Where the server's core is not busy, the client \
                is the limit.",
        figures: flood::FIGURES,
        rounds: 3,
        takes_part: everybody,
        run: flood::run,
    },
    Workload {
        name: "idle",
        title: "Idle connections",
        about: "10,000 connections (2,000 in the short form) are idle at first. Then each receives 4 \
                bursts of 64 events of 256 B, 75 kB in all, and then a keep-alive, which raw byte \
                streams do not have.",
        figures: idle::FIGURES,
        rounds: 2,
        takes_part: everybody,
        run: idle::run,
    },
    Workload {
        name: "overrun",
        title: "More than can be delivered",
        about: "100,000 events of 32 B a second go to 100 subscribers; the hub keeps 1,000 events, the \
                channels 1,024. An event is accounted for if it arrived, or is missing between two \
                that did. A missing event is unreported if no gap event reported it.",
        figures: overrun::FIGURES,
        rounds: 3,
        takes_part: frameworks,
        run: overrun::run,
    },
    Workload {
        name: "resume",
        title: "A resume of several topics",
        about: "One client connects 512 events of 256 B behind, on 1, 2, 8 and 64 topics. The time is \
                from its connect until it has received them; for several topics, it is shown as a \
                multiple of the time for one. Own and raw keep a list of events beside a channel for \
                each topic.",
        figures: resume::FIGURES,
        rounds: 3,
        takes_part: frameworks,
        run: resume::run,
    },
    Workload {
        name: "wave",
        title: "A reconnect wave",
        about: "1,000 clients (200 in the short form; `--clients` sets another number) connect within \
                one second to a server that has just started, each on 8 topics and 504 events of \
                256 B behind, while another thread publishes 1,000 events a second. Each topic has 50 \
                followers, so that 50,000 events a second are delivered in addition to the wave, for \
                any number of clients. Every client checks the numbers of its events in each topic.",
        figures: wave::FIGURES,
        rounds: 3,
        takes_part: frameworks,
        run: wave::run,
    },
];

impl Scale {
    /// Returns `short` in the short form, and `full` otherwise.
    pub fn pick<T>(&self, short: T, full: T) -> T {
        if self.short { short } else { full }
    }

    fn subscribed(&self, contestant: Contestant, subscribers: usize) -> io::Result<Session> {
        Session::with_subscribers(&self.exe, contestant, Options::default(), subscribers)
    }
}

fn everybody(_: Contestant) -> bool {
    true
}

fn frameworks(contestant: Contestant) -> bool {
    contestant.framework != crate::Framework::Epoll
}

fn has_keep_alive(contestant: Contestant) -> bool {
    contestant.kind != Kind::Raw
}
