//! Why an operation on a file failed.

use std::{
    any::Any,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Why an operation on a file failed.
#[derive(Debug)]
pub(crate) enum Fault {
    Io(io::Error),
    InUse,
    Foreign,
    Newer(u32),
    Damaged(String),
    /// The disk failed to store writes that it had accepted: what the file shows may exist only in the
    /// system's memory.
    Unsynced(String),
}

/// Turns a panic into an error: redb panics on some kinds of damage.
pub(crate) fn contained<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let text = |panic: Box<dyn Any + Send>| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => {
            panic.downcast::<&str>().map_or("no text".to_owned(), |text| text.to_string())
        }
    };
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(Fault::Damaged(format!("redb panicked: {}", text(panic)))))
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
            Self::Foreign => f.write_str("it is not a journal"),
            Self::Newer(version) => write!(f, "its format is version {version}"),
            Self::Damaged(what) => write!(f, "it is damaged: {what}"),
            Self::Unsynced(what) => write!(
                f,
                "{what}; the disk failed to store writes that it had accepted: check it, and restart"
            ),
        }
    }
}

macro_rules! faults {
    ($($error:ty),*) => { $(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )* };
}

faults!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::CompactionError
);
