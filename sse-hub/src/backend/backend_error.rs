//! Why a backend failed.

use std::{error, fmt, sync::Arc};

use crate::BackgroundError;

/// Why a backend failed.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_hub::{Hub, PublishError};
///
/// async fn publish(hub: &Hub, event: Event) -> Result<(), PublishError> {
///     match hub.publish("orders", event.clone()).await {
///         // It was certainly not stored, so publishing it again cannot duplicate it.
///         Err(PublishError::Backend(error)) if !error.may_be_stored => hub.publish("orders", event).await?,
///         result => result?,
///     };
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackendError {
    /// The failure, with the text of its cause.
    pub message: String,
    /// Whether an append may have been stored despite the error; publishing it again may then duplicate it.
    pub may_be_stored: bool,
    topic_ended: bool,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

impl BackendError {
    /// Returns the error of a call that stored nothing.
    ///
    /// # Example
    /// ```
    /// use sse_hub::BackendError;
    ///
    /// let error = BackendError::new("connection refused; is the server running?");
    /// assert!(!error.may_be_stored);
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), may_be_stored: false, topic_ended: false, source: None }
    }

    /// Returns the error of an append to a topic that has ended.
    ///
    /// # Example
    /// ```
    /// use sse_hub::BackendError;
    ///
    /// assert!(BackendError::topic_ended().is_topic_ended());
    /// ```
    pub fn topic_ended() -> Self {
        Self { topic_ended: true, ..Self::new("the topic has ended") }
    }

    /// Whether the append was refused because its topic had ended.
    ///
    /// # Example
    /// ```
    /// use sse_hub::BackendError;
    ///
    /// assert!(!BackendError::new("connection refused").is_topic_ended());
    /// ```
    pub fn is_topic_ended(&self) -> bool {
        self.topic_ended
    }

    /// Sets whether an append may have been stored despite the error.
    ///
    /// # Example
    /// ```
    /// use sse_hub::BackendError;
    ///
    /// let error = BackendError::new("no answer within 5 s").may_be_stored(true);
    /// assert!(error.may_be_stored);
    /// ```
    #[must_use]
    pub fn may_be_stored(mut self, may_be_stored: bool) -> Self {
        self.may_be_stored = may_be_stored;
        self
    }

    /// Sets the source of the error.
    ///
    /// # Example
    /// ```
    /// use std::{error::Error, io};
    ///
    /// use sse_hub::BackendError;
    ///
    /// let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
    /// let error = BackendError::new(cause.to_string()).with_source(cause);
    /// assert!(error.source().is_some());
    /// ```
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
            f.write_str(" (it may have been stored: publishing it again may duplicate it)")?;
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

/// Errors are equal if their texts and `may_be_stored` are, whatever their sources.
impl PartialEq for BackendError {
    fn eq(&self, other: &Self) -> bool {
        (&self.message, self.may_be_stored) == (&other.message, other.may_be_stored)
    }
}

impl Eq for BackendError {}
