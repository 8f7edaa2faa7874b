//! The commands of the inspector's page.

use serde::Deserialize;

/// A command of the inspector's page, as JSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Command {
    /// Ends one stream.
    End { connection: u64 },
    /// Publishes a test event.
    Publish {
        topic: String,
        data: String,
        #[serde(default)]
        event: String,
    },
}
