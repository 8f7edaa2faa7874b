//! Why a journal was not opened.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

use crate::fault::Fault;

/// Why a journal was not opened.
///
/// The file was not changed, whatever the reason. The error's text names the file and the next step.
///
/// # Example
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events.redb");
/// use sse_redb::{Journal, OpenError};
///
/// std::fs::write(&path, "not a journal")?;
/// match Journal::open(&path).await {
///     Ok(_) => println!("opened"),
///     Err(error @ OpenError::InUse { .. }) => println!("is the old process still running? {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The system failed to open, read or write the file.
    #[non_exhaustive]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// Another journal, in this process or another, has the file open.
    #[non_exhaustive]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a journal.
    #[non_exhaustive]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this crate has written the file.
    #[non_exhaustive]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the file's format.
        version: u32,
    },
    /// The file differs from what was written.
    ///
    /// Move it away to begin a new log; clients that reconnect then receive a `gap` event. Or restore
    /// a copy that was made while no process had the file open.
    #[non_exhaustive]
    Damaged {
        /// The file.
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

    /// Returns the file's path.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.redb");
    /// use sse_redb::Journal;
    ///
    /// std::fs::write(&path, "not a journal")?;
    /// let error = Journal::open(&path).await.err().ok_or("it opened")?;
    /// assert_eq!(error.path(), path);
    /// # Ok(()) }
    /// ```
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
                "{error}; check that the folder exists, and that this process may read and write the file"
            ),
            Self::InUse { .. } => f.write_str(
                "another journal has it open; close that one first, or use another file",
            ),
            Self::Foreign { .. } => {
                f.write_str("it is not a journal; choose another path, or move the file away")
            }
            Self::Newer { version, .. } => write!(
                f,
                "its format is version {version}, of a newer sse-redb; use that, or move the file away to begin a new log"
            ),
            Self::Damaged { what, .. } => {
                write!(
                    f,
                    "it is damaged: {what}; move it away to begin a new log, or restore a copy"
                )
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
