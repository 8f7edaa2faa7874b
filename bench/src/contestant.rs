//! The servers that are measured.

use std::{fmt, str::FromStr};

/// The framework on which a server is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum.
    Axum,
    /// actix-web.
    Actix,
    /// warp.
    Warp,
    /// Rocket.
    Rocket,
    /// No framework: one thread that waits with `epoll` and writes prebuilt bytes.
    Epoll,
}

/// The implementation of server-sent events that a server uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our adapter over a subscription to our hub.
    Ours,
    /// The framework's own events over `tokio::sync::broadcast`.
    Own,
    /// The framework's byte stream of encoded frames, over `tokio::sync::broadcast`.
    Raw,
}

/// One server of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contestant {
    /// The framework on which it is built.
    pub framework: Framework,
    /// The implementation of server-sent events that it uses.
    pub kind: Kind,
}

impl Contestant {
    /// Returns all servers, in the order in which they take turns.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self { framework: Framework::Epoll, kind: Kind::Raw }];
        for framework in Framework::ALL {
            for kind in [Kind::Ours, Kind::Own, Kind::Raw] {
                all.push(Self { framework, kind });
            }
        }
        all
    }
}

impl Framework {
    /// All frameworks, without [`Epoll`](Self::Epoll).
    pub const ALL: [Self; 4] = [Self::Axum, Self::Actix, Self::Warp, Self::Rocket];

    /// Returns its name for the report and the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Warp => "warp",
            Self::Rocket => "rocket",
            Self::Epoll => "epoll",
        }
    }
}

impl Kind {
    /// Returns its name for the report and the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Own => "own",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.name(), self.kind.name())
    }
}

impl FromStr for Contestant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::all().into_iter().find(|contestant| contestant.to_string() == text);
        found.ok_or_else(|| format!("there is no server {text:?}; try \"axum ours\""))
    }
}
