//! Converts between IDs of stream entries and positions.

use sse_hub::Position;

/// Reads `<ms>-<sequence>`, as Redis writes it.
pub(crate) fn parse(id: &[u8]) -> Option<Position> {
    let (ms, sequence) = std::str::from_utf8(id).ok()?.split_once('-')?;
    Some(Position::new(ms.parse().ok()?, sequence.parse().ok()?))
}

pub(crate) fn text(position: Position) -> String {
    format!("{}-{}", position.upper(), position.lower())
}

/// Returns the position right before this one, whether an entry has it or not.
pub(crate) fn before(position: Position) -> Position {
    match (position.upper(), position.lower()) {
        (0, 0) => position,
        (ms, 0) => Position::new(ms - 1, u64::MAX),
        (ms, sequence) => Position::new(ms, sequence - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_an_id_and_back() {
        for (id, expected) in [
            ("0-1", Some((0, 1))),
            ("1700000000000-3", Some((1_700_000_000_000, 3))),
            ("18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX))),
            ("18446744073709551616-0", None),
            ("1", None),
            ("1-", None),
            ("-1", None),
            ("", None),
            ("\u{ff11}-1", None),
        ] {
            let position = parse(id.as_bytes());
            assert_eq!(
                position,
                expected.map(|(ms, sequence)| Position::new(ms, sequence)),
                "{id}"
            );
            assert_eq!(position.map(text).unwrap_or(id.to_owned()), id);
        }
        assert_eq!(parse(b"\xff-1"), None);
    }

    #[test]
    fn nothing_is_between_a_position_and_the_one_before() {
        for (position, expected) in [((5, 7), (5, 6)), ((5, 0), (4, u64::MAX)), ((0, 0), (0, 0))] {
            let [position, expected] = [position, expected].map(|(a, b)| Position::new(a, b));
            assert_eq!(before(position), expected);
        }
    }
}
