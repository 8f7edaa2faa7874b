//! The remembered end of a topic.

use crate::{Position, TopicName};

/// The remembered end of a topic, whose entries may be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The topic.
    pub topic: TopicName,
    /// The position of the entry that ended it.
    pub position: Position,
}
