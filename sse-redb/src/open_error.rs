//! Why a journal was not opened.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

/// Why a journal was not opened.
///
/// Nothing was changed in the file, whatever the reason. Its text names the file and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The system refuses the file, or reading or writing it.
    #[non_exhaustive]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another journal, in this process or another, has the file open.
    #[non_exhaustive]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The file is something else.
    #[non_exhaustive]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// A later version of this crate has written the file.
    #[non_exhaustive]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The file's version.
        version: u32,
    },
    /// The file is not what was written.
    ///
    /// Move it away, and a log begins anew: clients that come back are told of a gap. Or put
    /// back a copy that was made while no process had it open.
    #[non_exhaustive]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// Why something could not be done with a file.
#[derive(Debug)]
pub(crate) enum Fault {
    Io(io::Error),
    InUse,
    Foreign,
    Newer(u32),
    Damaged(String),
    /// The disk has failed to store what it had accepted: what the file shows is the system's
    /// memory of it.
    Unsynced(String),
}

impl OpenError {
    pub(crate) fn new(path: &Path, fault: Fault) -> Self {
        let path = path.to_owned();
        match fault {
            Fault::Io(error) => Self::Io { path, error },
            Fault::InUse => Self::InUse { path },
            Fault::Foreign => Self::Foreign { path },
            Fault::Newer(version) => Self::Newer { path, version },
            Fault::Damaged(what) => Self::Damaged { path, what },
            Fault::Unsynced(_) => Self::Io { path, error: io::Error::other(fault.to_string()) },
        }
    }

    /// Which file it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::InUse { path }
            | Self::Foreign { path }
            | Self::Newer { path, .. }
            | Self::Damaged { path, .. } => path,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "journal {}: ", self.path().display())?;
        match self {
            Self::Io { error, .. } => write!(
                f,
                "{error}; the folder has to be there, and this process has to own what it reads and writes"
            ),
            Self::InUse { .. } => {
                f.write_str("another journal has it open; end that first, or use another file")
            }
            Self::Foreign { .. } => {
                f.write_str("it is no journal; name another file, or move this one away")
            }
            Self::Newer { version, .. } => write!(
                f,
                "its format is version {version}, of a newer sse-redb; use that, or move the file away to begin anew"
            ),
            Self::Damaged { what, .. } => {
                write!(f, "it is damaged: {what}; move it away to begin anew, or put back a copy")
            }
        }
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        match error.kind() {
            InvalidData | UnexpectedEof => Self::Damaged(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => error.into(),
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Corrupted(what) => Self::Damaged(what),
            redb::Error::PreviousIo => Self::Io(io::Error::other(error.to_string())),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::InUse => f.write_str("another journal has it open"),
            Self::Foreign => f.write_str("it is no journal"),
            Self::Newer(version) => write!(f, "its format is version {version}"),
            Self::Damaged(what) => write!(f, "it is damaged: {what}"),
            Self::Unsynced(what) => write!(
                f,
                "{what}; the disk has not stored what it had taken: check it, and restart"
            ),
        }
    }
}
