//! Who is measured.

use std::{fmt, str::FromStr};

/// What a server is built on.
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
    /// None: one thread that waits by `epoll` and writes bytes that are built already.
    Epoll,
}

/// Whose events a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our adapter over a subscription to our hub.
    Ours,
    /// The framework's own events over `tokio::sync::broadcast`.
    Own,
    /// The framework's byte stream of frames that are built already, over `tokio::sync::broadcast`.
    Raw,
}

/// One server of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contestant {
    /// What it is built on.
    pub framework: Framework,
    /// Whose events it sends.
    pub kind: Kind,
}

impl Contestant {
    /// All, in the order in which they take turns.
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
    /// Those that are frameworks.
    pub const ALL: [Self; 4] = [Self::Axum, Self::Actix, Self::Warp, Self::Rocket];

    /// Its name, for people and on the command line.
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
    /// Its name, for people and on the command line.
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
        found.ok_or_else(|| format!("no server is called {text:?}; try \"axum ours\""))
    }
}
