//! The data of the event that is being read.

use crate::{Text, shared_str::SharedStr};

/// The data of an event. One line, the most common case, is kept without copying it.
#[derive(Debug, Default)]
pub(super) enum Data {
    #[default]
    None,
    Line(SharedStr),
    Lines {
        text: String,
        breaks: usize,
    },
}

impl Data {
    #[inline]
    pub(super) fn push(&mut self, line: SharedStr) {
        match self {
            Self::None => *self = Self::Line(line),
            // HTML 9.2.6: "append a single U+000A LINE FEED (LF) character to the data buffer"
            // HTML 9.2.6: "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the
            // last character from the data buffer."
            Self::Line(first) => {
                let text = [first, "\n", &line].concat();
                *self = Self::Lines { text, breaks: 1 };
            }
            Self::Lines { text, breaks } => {
                text.push('\n');
                text.push_str(&line);
                *breaks += 1;
            }
        }
    }

    #[inline]
    pub(super) fn into_text(self) -> Option<Text> {
        match self {
            Self::None => None,
            Self::Line(line) => Some(Text::from_line(line)),
            Self::Lines { text, breaks } => Some(Text::from_lines(text, breaks)),
        }
    }
}
