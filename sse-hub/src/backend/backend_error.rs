//! Why a backend failed.

use std::{error, fmt, sync::Arc};

use crate::BackgroundError;

/// Why a backend failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackendError {
    /// What went wrong, with the text of the cause.
    pub message: String,
    /// Whether an append may have been stored despite the error; publishing it again may then double it.
    pub may_be_stored: bool,
    topic_ended: bool,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

impl BackendError {
    /// Makes an error of a call that stored nothing.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), may_be_stored: false, topic_ended: false, source: None }
    }

    /// Makes the error of an append to a topic that has ended.
    pub fn topic_ended() -> Self {
        Self { topic_ended: true, ..Self::new("the topic has ended") }
    }

    /// Whether the topic had ended, so that what was appended does not count.
    pub fn is_topic_ended(&self) -> bool {
        self.topic_ended
    }

    /// Sets whether an append may have been stored despite the error.
    #[must_use]
    pub fn may_be_stored(mut self, may_be_stored: bool) -> Self {
        self.may_be_stored = may_be_stored;
        self
    }

    /// Sets the cause, for programs that look for a certain one.
    #[must_use]
    pub fn with_source(mut self, source: impl error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.may_be_stored {
            f.write_str(" (it may have been stored: publishing it again may double it)")?;
        }
        Ok(())
    }
}

impl error::Error for BackendError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}

impl From<BackgroundError> for BackendError {
    fn from(error: BackgroundError) -> Self {
        Self::new(error.to_string()).with_source(error)
    }
}

/// Errors are equal if they say the same, whatever their sources.
impl PartialEq for BackendError {
    fn eq(&self, other: &Self) -> bool {
        (&self.message, self.may_be_stored) == (&other.message, other.may_be_stored)
    }
}

impl Eq for BackendError {}
