//! Where an event stands in a hub's order.

use std::{fmt, num::NonZeroU64};

/// Where an event stands in a hub's one order of all events.
///
/// Positions are compared, not counted: they rise, with holes. A log of its own numbers events from
/// 1; a backend whose IDs have two halves, such as Redis's milliseconds and sequence, keeps both.
/// As text it is `42`, or `1700000000000-3` where there is an upper half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u128);

impl Position {
    /// Before every event.
    pub const START: Self = Self(0);

    /// Makes a position of its halves.
    pub const fn new(upper: u64, lower: u64) -> Self {
        Self((upper as u128) << 64 | lower as u128)
    }

    /// Returns the upper half.
    pub const fn upper(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// Returns the lower half.
    pub const fn lower(self) -> u64 {
        self.0 as u64
    }

    /// The position right after this one.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The position right before this one, at which no event need stand.
    pub(crate) const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
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
    }
}
