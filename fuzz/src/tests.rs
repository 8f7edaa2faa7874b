//! Runs the targets' checks without a fuzzer, on the committed seeds and random changes of them.

use std::{fs, path::Path};

use arbitrary::{Arbitrary, Unstructured};

use crate::{Fields, decode, last_event_id, round_trip};

#[test]
fn streams_decode_as_in_the_model() {
    check("decode", 2_000, decode);
}

#[test]
fn events_arrive_unchanged() {
    check("round_trip", 50_000, |bytes| {
        if let Ok(fields) = Fields::arbitrary_take_rest(Unstructured::new(bytes)) {
            round_trip(fields);
        }
    });
}

#[test]
fn any_request_can_be_read() {
    check("last_event_id", 50_000, last_event_id);
}

#[track_caller]
fn check(target: &str, changes: usize, run: impl Fn(&[u8])) {
    let seeds = seeds(target);
    assert!(seeds.len() >= 12, "{target} has lost its seeds");
    seeds.iter().for_each(|seed| run(seed));

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..changes {
        let mut input = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut input, &seeds, &mut random);
        }
        run(&input);
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort(); // The order of a folder differs between systems; the changes should not.
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Replaces some part of the input with a byte, a word, or a part of another seed.
fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let start = random.below(input.len() + 1);
    let end = start + random.below((input.len() - start).min(8) + 1);
    let other = &seeds[random.below(seeds.len())];
    let other_start = random.below(other.len() + 1);
    let new = match random.below(4) {
        0 => vec![random.below(256) as u8],
        1 => other[other_start..].to_vec(),
        _ => WORDS[random.below(WORDS.len())].to_vec(),
    };
    input.splice(start..end, new);
}

const WORDS: [&[u8]; 16] = [
    b"",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b":",
    b" ",
    b"data",
    b"event",
    b"id",
    b"retry",
    b"\xef\xbb\xbf",
    b"\xff",
    b"18446744073709551615",
    b"%00",
];

/// A xorshift generator, which yields the same numbers on every run, so that a failure can be reproduced.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }
}
