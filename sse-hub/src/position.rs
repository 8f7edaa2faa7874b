//! Where an event stands in a hub's order.

use std::{fmt, num::NonZeroU64};

/// Where an event stands in a hub's one order of all events.
///
/// Positions are compared, not counted: they rise, with holes. A log of its own numbers events from
/// 1; a backend whose IDs have two halves, such as Redis's milliseconds and sequence, keeps both.
/// As text it is `42`, or `1700000000000-3` where there is an upper half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    // Not one `u128`, which would take 16 bytes' alignment in every cursor.
    upper: u64,
    lower: u64,
}

impl Position {
    /// Before every event.
    pub const START: Self = Self::new(0, 0);

    /// Makes a position of its halves.
    pub const fn new(upper: u64, lower: u64) -> Self {
        Self { upper, lower }
    }

    /// Returns the upper half.
    pub const fn upper(self) -> u64 {
        self.upper
    }

    /// Returns the lower half.
    pub const fn lower(self) -> u64 {
        self.lower
    }

    /// The position right after this one.
    pub(crate) const fn next(self) -> Self {
        match (self.upper, self.lower) {
            (upper, lower @ ..u64::MAX) => Self::new(upper, lower + 1),
            (upper @ ..u64::MAX, u64::MAX) => Self::new(upper + 1, 0),
            (u64::MAX, u64::MAX) => self,
        }
    }

    /// The position right before this one, at which no event need stand.
    pub(crate) const fn previous(self) -> Self {
        match (self.upper, self.lower) {
            (upper, lower @ 1..) => Self::new(upper, lower - 1),
            (upper @ 1.., 0) => Self::new(upper - 1, u64::MAX),
            (0, 0) => self,
        }
    }

    /// Reads the text form and no other: one text a position.
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
