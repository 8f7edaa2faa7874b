//! Checks that any bytes, in any chunks, decode as they do in the model.

use sse_core::Decoder;

use crate::{
    model,
    transcript::{Item, Step, drain, end},
};

/// Checks the decoder with the first 128 bytes of a stream of arbitrary bytes.
///
/// # Panics
/// If the decoder and the model differ, which is a bug in one of them.
pub fn decode(stream: &[u8]) {
    let stream = &stream[..stream.len().min(MAX_LEN)];

    let expected = model::decode(stream, "", usize::MAX);
    for cut in 0..=stream.len() {
        let (left, right) = stream.split_at(cut);
        let steps = read(curious(Decoder::new()), [left, right]);
        assert_eq!(steps, expected, "cut at byte {cut}: {}", stream.escape_ascii());
    }

    check_pieces(stream, usize::MAX);
    for bound in 0..=stream.len().min(MAX_BOUND) {
        check_pieces(stream, bound);
    }

    let resumed = read(curious(Decoder::resume("before")), [stream]);
    assert_eq!(resumed, model::decode(stream, "before", usize::MAX), "{}", stream.escape_ascii());

    let events: Vec<_> = expected
        .into_iter()
        .filter(|step| !matches!(step.item, Item::Comment(_) | Item::Retry(_)))
        .collect();
    assert_eq!(read(Decoder::new(), [stream]), events, "{}", stream.escape_ascii());
}

/// Checks the decoder byte by byte, with a few bytes at a time, and with the whole stream at once.
fn check_pieces(stream: &[u8], bound: usize) {
    let expected = model::decode(stream, "", bound);
    for len in [1, 3, MAX_LEN] {
        for read in [read, read_late] as [fn(_, _) -> _; 2] {
            let decoder = curious(Decoder::new()).max_event_size(bound);
            let steps = read(decoder, stream.chunks(len));
            let input = stream.escape_ascii();
            assert_eq!(steps, expected, "bound {bound}, pieces of {len} bytes: {input}");
        }
    }
}

/// Makes a decoder yield all kinds of items.
pub(crate) fn curious(decoder: Decoder) -> Decoder {
    decoder.comments(true).retries(true)
}

/// Takes the items of each piece before it feeds the next.
pub(crate) fn read<'a>(
    mut decoder: Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        drain(&mut decoder, &mut steps);
    }
    end(&decoder, steps)
}

/// Feeds all pieces before it takes the first item.
fn read_late<'a>(mut decoder: Decoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Step> {
    let mut steps = Vec::new();
    pieces.into_iter().for_each(|piece| decoder.feed(piece));
    drain(&mut decoder, &mut steps);
    end(&decoder, steps)
}

/// The length of the longest stream, in bytes. The work grows with the square of the length, and 128 bytes
/// hold several small events.
const MAX_LEN: usize = 128;

/// The highest bound on an event's size, in bytes. A small event exceeds some of the bounds from 0 to this,
/// equals one of them, and is within the others.
const MAX_BOUND: usize = 24;
