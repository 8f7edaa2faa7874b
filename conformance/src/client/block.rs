//! Blocks of an event stream, found without our decoder.

use std::mem;

/// What stands between two empty lines of an event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The last event ID from here on.
    pub id: Option<String>,
    /// The event's type.
    pub event: Option<String>,
    /// The lines of data, joined by line breaks; a block without them is no event.
    pub data: Option<String>,
    /// The reconnection time, in ms.
    pub retry: Option<u64>,
}

/// The blocks of an event stream, found as its bytes come.
#[derive(Debug, Default)]
pub struct Blocks {
    /// The bytes of a block that has not ended.
    begun: Vec<u8>,
}

impl Blocks {
    /// Takes the next bytes; returns the blocks that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Block> {
        let mut blocks = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let begins = self.begun.is_empty() || self.begun.ends_with(b"\n");
            self.begun.extend_from_slice(line);
            if begins && line == b"\n" {
                blocks.push(Block::parse(&mem::take(&mut self.begun)));
            }
        }
        blocks
    }

    /// Whether a block has begun and not ended.
    pub fn is_within_block(&self) -> bool {
        !self.begun.is_empty()
    }
}

impl Block {
    /// Knows only how we write: one way for each field.
    ///
    /// # Panics
    /// At anything else.
    fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes);
        let text = text.unwrap_or_else(|error| panic!("{error} in {bytes:?}"));
        let mut block = Self::default();
        for line in text.lines() {
            let field = line.split_once(": ").map(|(name, value)| (name, value.to_owned()));
            match field {
                Some(("id", id)) => block.id = Some(id),
                Some(("event", event)) => block.event = Some(event),
                Some(("data", data)) => match &mut block.data {
                    Some(before) => *before = format!("{before}\n{data}"),
                    None => block.data = Some(data),
                },
                Some(("retry", time)) => block.retry = time.parse().ok(),
                Some(("", _)) => {}
                _ if line.is_empty() => {}
                _ => panic!("not a field as we write it: {line:?} in {text:?}"),
            }
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_at_every_cut() {
        let bytes = "retry: 3000\n\n: c\n\nid: a.1\n\nevent: é\nid: a.2\ndata: 1\ndata: \ndata:  2\n\nid: a";
        let block = |id: Option<&str>, event: Option<&str>, data: Option<&str>| Block {
            id: id.map(str::to_owned),
            event: event.map(str::to_owned),
            data: data.map(str::to_owned),
            retry: None,
        };
        let expected = [
            Block { retry: Some(3000), ..Block::default() },
            Block::default(),
            block(Some("a.1"), None, None),
            block(Some("a.2"), Some("é"), Some("1\n\n 2")),
        ];
        for cut in 0..=bytes.len() {
            let (one, two) = bytes.as_bytes().split_at(cut);
            let mut blocks = Blocks::default();
            let mut seen = blocks.feed(one);
            seen.extend(blocks.feed(two));
            assert_eq!(seen, expected, "cut at byte {cut}");
            assert!(blocks.is_within_block(), "cut at byte {cut}");
        }
    }
}
