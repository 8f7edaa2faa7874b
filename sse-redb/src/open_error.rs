//! Why a journal was not opened.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

use crate::fault::Fault;

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
