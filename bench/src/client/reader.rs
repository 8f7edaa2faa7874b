//! Reads one response in place: its head, chunks and lines.

use std::io;

use memchr::memchr;

use super::Counts;

/// The state of reading one response.
#[derive(Debug, Default)]
pub(super) struct Reader {
    stage: Stage,
    /// The beginning of an incomplete line, or of the head.
    held: Vec<u8>,
    /// For each topic of which an event has arrived: its number, and the number of its next event.
    next: Vec<(u64, u64)>,
    /// The number of events that the connection is still behind.
    behind: u64,
    /// Whether a gap event has arrived since the last event.
    reported: bool,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Head,
    /// In a chunk's size, of which this much has been read.
    Size(usize),
    /// In a chunk, with this many bytes left.
    Chunk(usize),
    /// After a chunk, with this many bytes of its line break left.
    Break(usize),
}

impl Reader {
    /// Makes a reader that is this many events behind.
    pub(super) fn behind(behind: u64) -> Self {
        Self { behind, ..Self::default() }
    }

    pub(super) fn read(
        &mut self,
        mut bytes: &[u8],
        now: u64,
        counts: &mut Counts,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            bytes = match self.stage {
                Stage::Head => self.head(bytes, counts)?,
                Stage::Size(size) => self.size(size, bytes)?,
                Stage::Chunk(left) => {
                    let (chunk, rest) = bytes.split_at(left.min(bytes.len()));
                    counts.bytes += chunk.len() as u64;
                    self.lines(chunk, now, counts);
                    self.stage = match left - chunk.len() {
                        0 => Stage::Break(2),
                        left => Stage::Chunk(left),
                    };
                    rest
                }
                Stage::Break(left) => {
                    let passed = left.min(bytes.len());
                    self.stage = match left - passed {
                        0 => Stage::Size(0),
                        left => Stage::Break(left),
                    };
                    &bytes[passed..]
                }
            };
        }
        Ok(())
    }

    fn head<'a>(&mut self, bytes: &'a [u8], counts: &mut Counts) -> io::Result<&'a [u8]> {
        for (at, byte) in bytes.iter().enumerate() {
            self.held.push(byte.to_ascii_lowercase());
            if self.held.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.held);
                let ours = head.starts_with("http/1.1 200 ")
                    && head.contains("\r\ntransfer-encoding: chunked\r\n")
                    && head.contains("\r\ncontent-type: text/event-stream");
                if !ours {
                    return Err(io::Error::other(format!("not a chunked event stream: {head}")));
                }
                self.held = Vec::new();
                self.stage = Stage::Size(0);
                counts.heads += 1;
                return Ok(&bytes[at + 1..]);
            }
        }
        Ok(&[])
    }

    fn size<'a>(&mut self, mut size: usize, bytes: &'a [u8]) -> io::Result<&'a [u8]> {
        for (at, byte) in bytes.iter().enumerate() {
            match char::from(*byte).to_digit(16) {
                Some(digit) => size = size * 16 + digit as usize,
                None if *byte == b'\r' => {}
                None if *byte == b'\n' && size > 0 => {
                    self.stage = Stage::Chunk(size);
                    return Ok(&bytes[at + 1..]);
                }
                None => return Err(io::Error::other("a response has ended, or is not chunked")),
            }
        }
        self.stage = Stage::Size(size);
        Ok(&[])
    }

    fn lines(&mut self, mut chunk: &[u8], now: u64, counts: &mut Counts) {
        while let Some(end) = memchr(b'\n', chunk) {
            if self.held.is_empty() {
                self.line(&chunk[..end], now, counts);
            } else {
                self.hold(&chunk[..end]);
                let mut line = std::mem::take(&mut self.held);
                self.line(&line, now, counts);
                line.clear();
                self.held = line;
            }
            chunk = &chunk[end + 1..];
        }
        self.hold(chunk);
    }

    /// Keeps the beginning of a line, which is enough to interpret it.
    fn hold(&mut self, part: &[u8]) {
        let room = HELD - self.held.len();
        self.held.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn line(&mut self, line: &[u8], now: u64, counts: &mut Counts) {
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            // The second line of an event, or a gap's data, does not begin with a digit.
            if data.first().is_some_and(u8::is_ascii_digit) {
                self.event(data, now, counts);
            }
        } else if line.first() == Some(&b':') {
            counts.comments += 1;
        } else if matches!(line, b"event: gap" | b"event:gap") {
            counts.gaps += 1;
            self.reported = true;
        }
    }

    fn event(&mut self, data: &[u8], now: u64, counts: &mut Counts) {
        counts.events += 1;
        let (number, rest) = leading_number(data);
        if number == 0 {
            return; // an event of a flood
        }
        let (published, rest) = leading_number(rest);
        counts.arrived(now.saturating_sub(published));
        // This is 0 if only one topic is used.
        let (topic, _) = leading_number(rest);
        match self.next.iter_mut().find(|(other, _)| *other == topic) {
            Some((_, next)) => {
                let lost = number.saturating_sub(*next);
                counts.lost += lost;
                counts.unreported += if self.reported { 0 } else { lost };
                counts.duplicates += u64::from(number < *next);
                *next = (*next).max(number + 1);
            }
            None => self.next.push((topic, number + 1)),
        }
        self.reported = false;
        if self.behind > 0 {
            self.behind -= 1;
            counts.caught_up += u64::from(self.behind == 0);
        }
    }
}

/// Returns the number at the start of a text, and the text after the byte that follows it.
fn leading_number(text: &[u8]) -> (u64, &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[..digits].iter().fold(0, |number: u64, digit| {
        number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'))
    });
    (number, text.get(digits + 1..).unwrap_or_default())
}

/// The number of bytes of a line to keep: enough for a field name and two numbers.
const HELD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                        Transfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn counts_are_the_same_wherever_a_response_is_cut() {
        let body = "id: x\n\ndata: 1 100 xxx\ndata: x\n\n:\n\ndata:2 100 x\n\n\
                    event: gap\ndata: {}\n\ndata: 5 100 x\n\ndata: 7 100 x\n\ndata: 7 100 \n\n";
        let mut response = HEAD.to_owned();
        for part in body.as_bytes().chunks(9) {
            response += &format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part));
        }
        for cut in 0..response.len() {
            let (mut reader, mut counts) = (Reader::default(), Counts::default());
            for part in [&response[..cut], &response[cut..]] {
                reader.read(part.as_bytes(), 300, &mut counts).unwrap();
            }
            let Counts { heads, events, duplicates, lost, unreported, gaps, comments, .. } = counts;
            assert_eq!((heads, events, gaps, comments), (1, 5, 1, 1), "cut at byte {cut}");
            assert_eq!((lost, unreported, duplicates), (3, 1, 1), "cut at byte {cut}");
            assert_eq!(counts.bytes, body.len() as u64, "cut at byte {cut}");
            assert_eq!(counts.latency(0.5).as_nanos(), 200, "cut at byte {cut}");
        }
    }

    #[test]
    fn each_topic_has_its_own_numbers_and_a_reader_catches_up_once() {
        let mut counts = Counts::default();
        let mut reader = Reader::behind(3);
        let events = [(1, 7), (1, 8), (2, 7), (2, 8), (5, 7), (5, 7)];
        for (at, (number, topic)) in events.into_iter().enumerate() {
            reader.line(format!("data: {number} 100 {topic} xx").as_bytes(), 300, &mut counts);
            assert_eq!(counts.caught_up, u64::from(at >= 2), "after event {at}");
        }
        assert_eq!((counts.events, counts.lost, counts.duplicates), (6, 2, 1));
    }

    #[test]
    fn a_response_that_is_not_a_stream_is_an_error() {
        let mut counts = Counts::default();
        let refused = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        assert!(Reader::default().read(refused, 0, &mut counts).is_err());
        let ended = format!("{HEAD}0\r\n\r\n");
        assert!(Reader::default().read(ended.as_bytes(), 0, &mut counts).is_err());
    }
}
