//! Blocks of an event stream, found without our decoder.

use std::mem;

/// The fields between two empty lines of an event stream, or a reconnection time, which takes effect
/// at the end of its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The new last event ID.
    pub id: Option<String>,
    /// The event type.
    pub event: Option<String>,
    /// The lines of data, joined by line breaks; a block without them is not an event.
    pub data: Option<String>,
    /// The reconnection time, in ms.
    pub retry: Option<u64>,
}

/// Finds the blocks of an event stream while its bytes arrive.
#[derive(Debug, Default)]
pub struct Blocks {
    /// The bytes of the block that has not ended.
    begun: Vec<u8>,
}

impl Blocks {
    /// Takes the next bytes and returns the blocks that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Block> {
        let mut blocks = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if !part.ends_with(b"\n") {
                break;
            }
            let line = self.begun[..self.begun.len() - 1].iter().rposition(|byte| *byte == b'\n');
            let line = line.map_or(0, |before| before + 1);
            match &self.begun[line..] {
                b"\n" => blocks.push(Block::parse(&mem::take(&mut self.begun))),
                [b':', ..] => self.begun.truncate(line),
                retry if retry.starts_with(b"retry: ") => {
                    blocks.push(Block::parse(&self.begun.split_off(line)));
                }
                _ => {}
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
    /// Parses fields as our encoder writes them: one way for each.
    ///
    /// # Panics
    /// If a field is written in another way.
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
                _ if line.is_empty() => {}
                _ => panic!("not a field as our encoder writes it: {line:?} in {text:?}"),
            }
        }
        if block.event.as_deref() == Some("subscribed") {
            // The event that a subscription begins with has no topic: a ledger needs only its ID.
            (block.event, block.data) = (None, None);
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_at_every_cut() {
        let bytes = "retry: 3000\n: c\nevent: subscribed\nid: a.1\ndata: {}\n\n\
                     : d\nevent: é\nid: a.2\ndata: 1\n: e\ndata: \ndata:  2\n\nid: a";
        let block = |id: Option<&str>, event: Option<&str>, data: Option<&str>| Block {
            id: id.map(str::to_owned),
            event: event.map(str::to_owned),
            data: data.map(str::to_owned),
            retry: None,
        };
        let expected = [
            Block { retry: Some(3000), ..Block::default() },
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
