//! The position of an event in a hub's order.

use std::{fmt, num::NonZeroU64};

/// The position of an event in the one order of all events of a hub.
///
/// Positions rise, but not always by one, so compare them, and do not count events with them. A hub in memory numbers
/// events from 1. A backend whose IDs have two halves, such as Redis's milliseconds and sequence, uses both. The text
/// form is `42`, or `1700000000000-3` with an upper half.
///
/// # Example
/// ```
/// use sse_hub::Position;
///
/// assert!(Position::START < Position::new(0, 1));
/// assert_eq!(Position::new(1_700_000_000_000, 3).to_string(), "1700000000000-3");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    // Not one `u128`, which would align every cursor to 16 bytes.
    upper: u64,
    lower: u64,
}

impl Position {
    /// The position before every event.
    pub const START: Self = Self::new(0, 0);

    /// Returns the position with these halves.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Position::new(0, 42).to_string(), "42");
    /// ```
    pub const fn new(upper: u64, lower: u64) -> Self {
        Self { upper, lower }
    }

    /// Returns the upper half.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Position::new(5, 3).upper(), 5);
    /// ```
    pub const fn upper(self) -> u64 {
        self.upper
    }

    /// Returns the lower half.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Position::new(5, 3).lower(), 3);
    /// ```
    pub const fn lower(self) -> u64 {
        self.lower
    }

    /// Returns the position right after this one.
    pub(crate) const fn next(self) -> Self {
        match (self.upper, self.lower) {
            (upper, lower @ ..u64::MAX) => Self::new(upper, lower + 1),
            (upper @ ..u64::MAX, u64::MAX) => Self::new(upper + 1, 0),
            (u64::MAX, u64::MAX) => self,
        }
    }

    /// Returns the position right before this one, whether an event has it or not.
    pub(crate) const fn previous(self) -> Self {
        match (self.upper, self.lower) {
            (upper, lower @ 1..) => Self::new(upper, lower - 1),
            (upper @ 1.., 0) => Self::new(upper - 1, u64::MAX),
            (0, 0) => self,
        }
    }

    /// Reads the text form. Each position has exactly one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            Some((upper, lower)) => {
                let upper: NonZeroU64 = digits(upper)?.try_into().ok()?;
                Some(Self::new(upper.get(), digits(lower)?))
            }
            None => Some(Self::new(0, digits(text)?)),
        }
    }
}

fn digits(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upper() {
            0 => write!(f, "{}", self.lower()),
            upper => write!(f, "{upper}-{}", self.lower()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_has_one_text() {
        for (position, text) in [
            (Position::START, "0"),
            (Position::new(0, 42), "42"),
            (Position::new(0, u64::MAX), "18446744073709551615"),
            (Position::new(1, 0), "1-0"),
            (Position::new(u64::MAX, u64::MAX), "18446744073709551615-18446744073709551615"),
        ] {
            assert_eq!(position.to_string(), text);
            assert_eq!(Position::parse(text), Some(position), "{text}");
        }
        for text in [
            "",
            "-",
            "1-",
            "-1",
            "0-1",
            "01",
            "1-01",
            "+1",
            " 1",
            "1 ",
            "1-2-3",
            "a",
            "1.2",
            "18446744073709551616",
            "１",
        ] {
            assert_eq!(Position::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn positions_are_ordered_by_their_upper_half_first() {
        let low = Position::new(0, u64::MAX);
        let high = Position::new(1, 0);
        assert!(low < high);
        assert_eq!(low.next(), high);
        assert_eq!(high.previous(), low);
        assert_eq!(Position::START.previous(), Position::START);
        assert_eq!(Position::START.next().previous(), Position::START);
        let highest = Position::new(u64::MAX, u64::MAX);
        assert_eq!(highest.next(), highest);
        assert_eq!(highest.previous().next(), highest);
    }
}
