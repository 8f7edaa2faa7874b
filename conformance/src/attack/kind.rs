//! What an attacker does.

use std::fmt;

use tokio::task::JoinSet;

use super::{
    attacker::Plan, continuation, half_open, heads, leaves, resets, resumes, slow, topics, unread,
    windows,
};

/// What an attacker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Resumes over 64 topics from the oldest event, again and again.
    Resumes,
    /// Subscribes and leaves while 900 others watch the number of subscribers.
    Leaves,
    /// Names 64 new topics with each subscription, and one with each publish.
    Topics,
    /// Reads a byte now and then, or nothing, while a topic is busy.
    Slow,
    /// HTTP/2 streams that may not send a byte.
    NoWindow,
    /// HTTP/2 streams whose window grows by one byte at a time.
    TinyWindow,
    /// HTTP/2 streams that are reset as soon as they are open.
    Resets,
    /// HTTP/2 streams that are not read beside one that is.
    Unread,
    /// Connections that send nothing.
    HalfOpen,
    /// Connections that send a byte of their request's head a second.
    SlowHeads,
    /// Requests with many, or large, headers.
    LargeHeads,
    /// HTTP/2 headers that never end.
    Continuation,
}

impl Attack {
    /// Those on the hub.
    pub const ON_THE_HUB: [Self; 4] = [Self::Resumes, Self::Leaves, Self::Topics, Self::Slow];

    /// Those on sockets and on HTTP.
    pub const ON_SOCKETS: [Self; 8] = [
        Self::NoWindow,
        Self::TinyWindow,
        Self::Resets,
        Self::Unread,
        Self::HalfOpen,
        Self::SlowHeads,
        Self::LargeHeads,
        Self::Continuation,
    ];

    /// How many connections it has if it is alone.
    pub fn connections(self) -> usize {
        match self {
            Self::Resumes | Self::Leaves | Self::Topics | Self::Slow => 100,
            Self::NoWindow | Self::TinyWindow | Self::Unread => 4,
            Self::Resets | Self::Continuation => 4,
            Self::HalfOpen => half_open::connections(),
            Self::SlowHeads => 2_000,
            Self::LargeHeads => 50,
        }
    }

    /// How many streams it has at most that it does not read.
    pub fn unread(self, connections: usize) -> usize {
        match self {
            Self::Slow => connections,
            Self::NoWindow | Self::TinyWindow | Self::Unread => connections * windows::STREAMS,
            _ => 0,
        }
    }

    pub(super) fn start(self, plan: &Plan, tasks: &mut JoinSet<()>) {
        match self {
            Self::Resumes => resumes::start(plan, tasks),
            Self::Leaves => leaves::start(plan, tasks),
            Self::Topics => topics::start(plan, tasks),
            Self::Slow => slow::start(plan, tasks),
            Self::NoWindow => windows::start(plan, tasks, 0),
            Self::TinyWindow => windows::start(plan, tasks, 1),
            Self::Resets => resets::start(plan, tasks),
            Self::Unread => unread::start(plan, tasks),
            Self::HalfOpen => half_open::start(plan, tasks),
            Self::SlowHeads => heads::start_slow(plan, tasks),
            Self::LargeHeads => heads::start_large(plan, tasks),
            Self::Continuation => continuation::start(plan, tasks),
        }
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resumes => "resumes",
            Self::Leaves => "opens and leaves",
            Self::Topics => "new topics",
            Self::Slow => "slow reading",
            Self::NoWindow => "h2 window 0",
            Self::TinyWindow => "h2 window 1",
            Self::Resets => "h2 resets",
            Self::Unread => "h2 unread",
            Self::HalfOpen => "half open",
            Self::SlowHeads => "slow heads",
            Self::LargeHeads => "large heads",
            Self::Continuation => "h2 continuation",
        })
    }
}
