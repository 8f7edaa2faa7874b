//! The log beside a plain vector, under random operations.

use fastrand::Rng;
use sse_core::{Event, EventId};

use std::time::Duration;

use super::{chunk::MAX_BYTES, *};
use crate::Retention;

/// Every event that was ever appended, oldest first.
type Model = Vec<(Position, Vec<u8>, Instant)>;

struct Pair {
    log: Log,
    model: Model,
    rules: Rules,
    now: Instant,
    rng: Rng,
    floor: Position,
    /// Slices that a reader still holds, with their bytes at the time it got them.
    held: Vec<(Bytes, Vec<u8>)>,
    /// The place of an event, from before the log has changed.
    place: Option<Place>,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let bounds = Bounds {
            events: *rng.choice(&[1, 2, 7, 50, usize::MAX]).expect("not empty"),
            bytes: *rng.choice(&[0, 100, 40_000, 200_000, usize::MAX]).expect("not empty"),
            age: *rng.choice(&[None, Some(Duration::from_secs(8))]).expect("not empty"),
        };
        let log = Log::new(Position::START);
        let floor = Position::START;
        let rules = Rules { bounds, pinned: Pinned::default() };
        Self {
            log,
            model: Vec::new(),
            rules,
            now: Instant::now(),
            rng,
            floor,
            held: vec![],
            place: None,
        }
    }

    fn kept(&self) -> &[(Position, Vec<u8>, Instant)] {
        &self.model[self.model.partition_point(|(position, ..)| *position <= self.log.floor())..]
    }

    /// A position near those of the events, or far from them.
    fn cursor(&mut self) -> Position {
        if self.model.is_empty() || self.rng.u8(..16) == 0 {
            return *self
                .rng
                .choice(&[Position::START, Position::new(9, 9), self.log.floor(), self.log.last])
                .expect("not empty");
        }
        let kept = self.kept().len();
        let back = if self.rng.bool() { kept.max(1) } else { self.model.len() };
        let (position, ..) = self.model[self.model.len() - self.rng.usize(1..=back)];
        *self.rng.choice(&[position, position.previous(), position.next()]).expect("not empty")
    }

    fn append(&mut self) {
        let position = match self.rng.u8(..20) {
            0 => Position::new(self.log.last.upper() + 1, self.rng.u64(..3)),
            1 => Position::new(self.log.last.upper(), self.log.last.lower() + self.rng.u64(2..9)),
            _ => self.log.last.next(),
        };
        let size = match self.rng.u8(..20) {
            0 => self.rng.usize(..70_000),
            1..5 => self.rng.usize(..5_000),
            _ => self.rng.usize(..100),
        };
        let mut event = Event::data("x".repeat(size));
        if self.rng.bool() {
            event = event.comment("id: e.3\nid: e.4").event("id: e.5");
        }
        if size == 0 {
            event.data = None;
        }
        let id = EventId::new(format!("epoch.{position}")).expect("one line");
        let event = event.id(id);
        let work = &mut Work::default();
        if size > 4_000 && self.rng.bool() {
            let bytes = event.encode().as_bytes().to_vec();
            self.log.append_encoded(position, self.now, &self.rules, work, bytes);
        } else {
            self.log.append(position, self.now, &self.rules, work, |out| event.encode_into(out));
        }
        self.model.push((position, event.encode().as_bytes().to_vec(), self.now));
    }

    fn trim(&mut self) {
        let floor = self.log.floor();
        self.in_several_calls(Log::trim);
        assert!(!self.log.is_old(self.now, &self.rules.bounds));

        let Bounds { events, bytes, age } = self.rules.bounds;
        let largest = self.model.iter().map(|(_, bytes, _)| bytes.len()).max().unwrap_or(0);
        assert!(self.log.events() <= events);
        assert!(self.log.bytes() < bytes.saturating_add(MAX_BYTES + largest), "bytes bound");
        let Some(age) = age else { return };
        let longest = age + age / 8;
        assert!(self.kept().iter().all(|(.., at)| self.now - *at <= longest), "age bound");
        if events == usize::MAX && bytes == usize::MAX {
            let young = |(position, _, at): &&(Position, _, Instant)| {
                *position > floor && self.now - *at <= age
            };
            assert!(self.model.iter().filter(young).all(|(at, ..)| *at > self.log.floor()));
        }
    }

    fn run(&mut self) {
        let after = self.cursor();
        let before = if self.rng.bool() { Some(self.cursor()) } else { None };
        let max = *self.rng.choice(&[0, 1, 200, 5_000, 32_768, 1 << 30]).expect("not empty");
        let memory = self.log.memory();
        let run = self.log.run_after(after, before, max, &self.rules.pinned);
        let run = run.map(|run| (run.slice(), run.last));
        assert!(self.log.memory() <= memory, "a reader takes no memory");

        let mut expected = self.kept().iter().filter(|(position, ..)| *position > after).peekable();
        let Some((slice, last)) = run else {
            let next = expected.peek().map(|(position, ..)| *position);
            assert!(next.is_none_or(|next| before.is_some_and(|before| before <= next)));
            return;
        };
        let mut bytes = Vec::new();
        let mut events = 0;
        while bytes.len() < slice.bytes.len() {
            let (position, event, _) = expected.next().expect("no more than there is");
            bytes.extend_from_slice(event);
            events += 1;
            assert!(*position <= last && before.is_none_or(|before| *position < before));
        }
        assert!(slice.bytes == bytes, "whole events, side by side");
        assert!(expected.next().is_none_or(|(position, ..)| *position > last));
        assert!(events == 1 || bytes.len() <= max);
        if self.rng.u8(..8) == 0 {
            self.held.push((slice.bytes, bytes));
        }
    }

    fn look_up(&mut self) {
        let (after, count) = (self.cursor(), self.rng.usize(..20));
        let positions: Vec<_> = self.kept().iter().map(|(position, ..)| *position).collect();
        let next = positions.iter().find(|position| **position > after).copied();
        assert_eq!(self.log.next_after(after), next);
        assert_eq!(self.log.oldest(), positions.first().copied());
        let behind = positions.iter().filter(|position| **position > after).count();
        assert_eq!(self.log.events_after(after), behind);
        let newest = positions.iter().rev().skip_while(|position| **position > after).take(count);
        let mut place = self.log.place_before(after.next(), &self.rules.pinned);
        for position in newest {
            let next = place.expect("there are more");
            assert_eq!(next.position, *position);
            place = self.log.before(next, &self.rules.pinned);
        }
        let oldest =
            positions.iter().rev().skip_while(|position| **position > after).take(count).last();
        let found = self.log.oldest_of_newest(count, after, &self.rules.pinned);
        assert_eq!(found, oldest.copied());
        self.look_up_a_place_of_before(&positions);
        if self.rng.bool() {
            let run = self.log.newest_after(after, &self.rules.pinned);
            let run = run.map(|run| (run.slice(), run.last));
            let newest = self.kept().last().filter(|(position, ..)| *position > after);
            assert_eq!(run.as_ref().map(|(_, last)| *last), newest.map(|(position, ..)| *position));
            assert!(run.is_none_or(|run| newest.is_some_and(|(_, bytes, _)| run.0.bytes == bytes)));
        }
    }

    /// Looks up the place of an event that may have moved or been evicted.
    fn look_up_a_place_of_before(&mut self, positions: &[Position]) {
        if let Some(place) = self.place {
            let is_kept = positions.contains(&place.position);
            let run = self.log.run_at(place, None, 1);
            let run = run.map(|(run, next)| (run.last, next));
            assert!(run.as_ref().is_none_or(|(last, _)| is_kept && *last == place.position));
            let next = positions.iter().find(|position| **position > place.position);
            if let Some((_, Some(after))) = run {
                assert_eq!(Some(&after.position), next);
            }
            let before = positions.iter().rfind(|position| **position < place.position);
            let found = self.log.before(place, &self.rules.pinned);
            assert_eq!(found.as_ref().map(|place| &place.position), before);
        }
        if self.rng.bool() {
            let after = self.cursor();
            self.place = self.log.place_after(after, &self.rules.pinned);
        }
    }

    /// Calls until nothing is left to do, with few steps each time.
    fn in_several_calls(&mut self, call: fn(&mut Log, Instant, &Rules, &mut Work) -> bool) {
        for _ in 0..10_000 {
            let mut work = Work::default();
            work.spend(Work::STEPS - 3);
            if !call(&mut self.log, self.now, &self.rules, &mut work) {
                return;
            }
        }
        panic!("there is no end to it");
    }

    fn operate(&mut self) {
        match self.rng.u8(..20) {
            0..8 => self.append(),
            8..11 => self.run(),
            11..14 => self.look_up(),
            14..17 => self.trim(),
            17 => self.now += Duration::from_millis(self.rng.u64(..2_000)),
            18 if self.rng.u8(..10) == 0 => {
                self.log.evict_chunk(&self.rules, &mut Work::default());
            }
            19 if self.rng.u8(..10) == 0 => {
                let floor = self.cursor();
                if floor.upper() < 9 {
                    self.log.raise_floor(floor);
                    assert!(self.log.floor() >= floor);
                    if self.rng.bool() {
                        self.in_several_calls(|log, _, rules, work| log.release(rules, work));
                        assert_eq!(self.log.events(), self.kept().len());
                    }
                }
            }
            _ => {}
        }
        assert!(self.log.floor() >= self.floor, "the floor only rises");
        self.floor = self.log.floor();
        assert!(self.log.events() >= self.kept().len());
        assert_eq!(self.log.is_empty(), self.kept().is_empty());
        let chunks: usize = self.log.chunks.iter().map(|chunk| chunk.memory()).sum();
        assert_eq!(self.log.chunk_memory, chunks);
        assert!(self.log.memory() >= self.log.bytes());
        assert!(self.log.bytes() >= self.kept().iter().map(|(_, bytes, _)| bytes.len()).sum());
        if self.log.events() == 0 {
            assert_eq!(self.log.bytes(), 0, "an empty log keeps nothing");
        }
    }

    /// Reads everything that is kept, run by run.
    fn read_to_the_end(&mut self) {
        let expected: Vec<u8> =
            self.kept().iter().flat_map(|(_, bytes, _)| bytes.iter().copied()).collect();
        let mut read = Vec::new();
        let mut after = self.log.floor();
        while let Some(run) = self.log.run_after(after, None, 1_000, &self.rules.pinned) {
            assert!(run.last > after);
            after = run.last;
            read.extend_from_slice(run.bytes());
        }
        assert!(read == expected, "runs add up to the log");
        for (slice, bytes) in &self.held {
            assert!(slice == bytes, "a slice in flight stays as it was");
        }
    }
}

#[test]
fn the_log_is_a_vector_of_events_that_loses_only_its_oldest() {
    const OPERATIONS: u64 = 300;
    let mut operations = 0;
    for seed in 0..200 {
        println!("seed {seed}");
        let mut pair = Pair::new(seed);
        for _ in 0..OPERATIONS {
            pair.operate();
        }
        operations += OPERATIONS;
        pair.read_to_the_end();
    }
    println!("{operations} operations");
}

fn append(log: &mut Log, position: u64, size: usize, now: Instant, rules: &Rules) {
    log.append(Position::new(0, position), now, rules, &mut Work::default(), |out| {
        out.extend_from_slice(format!("id: e.{position}\ndata: ").as_bytes());
        out.resize(out.len() + size, b'x');
        out.extend_from_slice(b"\n\n");
    });
}

fn keeping(retention: Retention) -> Rules {
    Rules { bounds: retention.into(), pinned: Pinned::default() }
}

#[test]
fn readers_that_keep_up_share_one_slice() {
    let rules = Rules::default();
    let mut log = Log::new(Position::START);
    append(&mut log, 1, 10, Instant::now(), &rules);
    append(&mut log, 2, 10, Instant::now(), &rules);
    let mut read = || {
        let run = log.run_after(Position::START, None, 1_000, &rules.pinned);
        run.expect("two events").slice().bytes
    };
    let (one, other) = (read(), read());
    assert_eq!(one.as_ptr(), other.as_ptr());
    assert_eq!(one.len(), other.len());
}

#[test]
fn events_that_are_read_one_by_one_end_in_few_large_chunks() {
    let rules = keeping(Retention::default().events(10_000));
    let mut log = Log::new(Position::START);
    for position in 1..=4_096 + 2 {
        append(&mut log, position, 80, Instant::now(), &rules);
        let after = Position::new(0, position - 1);
        assert!(log.run_after(after, None, 1_000, &rules.pinned).is_some());
        log.trim(Instant::now(), &rules, &mut Work::default());
    }
    // 8 to the power of 2 events of 100 bytes a chunk, eight of which would be over 32 KiB; and the
    // newest two, which are not merged yet.
    assert_eq!(log.chunks.len(), 4_096 / 64 + 2);
}

#[test]
fn events_that_nobody_reads_grow_old_too() {
    let rules = keeping(Retention::default().age(Duration::from_secs(8)));
    let mut log = Log::new(Position::START);
    let start = Instant::now();
    for second in 0..100 {
        let now = start + Duration::from_secs(second);
        append(&mut log, second + 1, 10, now, &rules);
        log.trim(now, &rules, &mut Work::default());
        assert!(log.events() <= 10, "{} events, one a second", log.events());
    }
    assert!(log.events() >= 9, "{} events, one a second", log.events());
}

#[test]
fn an_event_that_nobody_reads_stays_in_the_open_chunk_until_it_is_old() {
    let rules = keeping(Retention::default().age(Duration::from_secs(8)));
    let mut log = Log::new(Position::START);
    let start = Instant::now();
    append(&mut log, 1, 10, start, &rules);
    for (second, chunks, events) in [(4, 0, 1), (8, 0, 1), (9, 0, 0)] {
        log.trim(start + Duration::from_secs(second), &rules, &mut Work::default());
        assert_eq!((log.chunks.len(), log.events()), (chunks, events), "after {second} s");
    }
}

#[test]
fn a_limit_in_bytes_evicts_only_what_is_over_it() {
    let rules = keeping(Retention::default().bytes(250));
    let mut log = Log::new(Position::START);
    for position in 1..=9 {
        append(&mut log, position, 84, Instant::now(), &rules);
        let after = Position::new(0, position - 1);
        assert!(log.run_after(after, None, 1_000, &rules.pinned).is_some());
        log.trim(Instant::now(), &rules, &mut Work::default());
    }
    assert_eq!((log.bytes(), log.events()), (300, 3));
}

#[test]
fn a_merge_counts_the_bytes_that_it_copies() {
    let rules = keeping(Retention::default().events(10_000));
    let mut log = Log::new(Position::START);
    let mut most = 0;
    for position in 1..=MERGE as u64 + 2 {
        let mut work = Work::default();
        let at = Position::new(0, position);
        log.append(at, Instant::now(), &rules, &mut work, |out| out.resize(2_048, b'x'));
        let after = Position::new(0, position - 1);
        assert!(log.run_after(after, None, 1, &rules.pinned).is_some());
        log.trim(Instant::now(), &rules, &mut work);
        most = most.max(Work::STEPS - work.left());
    }
    assert!(most >= MERGE * 2_048 / 64, "{most} steps");
}

#[test]
fn events_that_nobody_reads_share_one_chunk_whose_memory_is_counted() {
    let rules = Rules::default();
    for upper in [0, 1] {
        let mut log = Log::new(Position::START);
        let (mut work, write) =
            (Work::default(), |out: &mut Vec<u8>| out.resize(out.len() + 40, b'x'));
        for lower in 1..=100 {
            // With `upper`, positions as on Redis, which take 8 bytes and not 4.
            let position = Position::new(lower * upper, lower);
            log.append(position, Instant::now(), &rules, &mut work, write);
        }
        assert!(log.chunks.is_empty());
        let index = 100 * (4 + 4 + 4 * upper as usize);
        let least = 100 * 40 + index;
        assert!((least..3 * least).contains(&log.memory()), "{} bytes", log.memory());
    }
}
