//! What is left of a topic that has ended.

use crate::{Position, TopicName};

/// What is left of a topic that has ended, once its entries are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The topic.
    pub topic: TopicName,
    /// The position of the entry that ended it.
    pub position: Position,
}
