//! The next event of each of several topics, the earliest first.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    mem,
};

use crate::{Position, log::Place};

/// The next event of each of several topics, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Heads {
    first: Option<Head>,
    rest: BinaryHeap<Reverse<Head>>,
}

/// The next event of one topic. It is small, since a heap moves and compares it all the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The topic's place in the cursor.
    pub(super) at: usize,
    pub(super) next: Next,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    Event(Place),
    /// The position up to which the topic has lost everything.
    Gap(Position),
}

impl Heads {
    /// Reserves capacity for a number of topics at once, since growing would copy the heap in one hold of the lock.
    pub(super) fn with_capacity(topics: usize) -> Self {
        Self { first: None, rest: BinaryHeap::with_capacity(topics.saturating_sub(1)) }
    }

    pub(super) fn push(&mut self, head: Head) {
        match &mut self.first {
            None => self.first = Some(head),
            Some(first) if head < *first => {
                let after = mem::replace(first, head);
                self.rest.push(Reverse(after));
            }
            Some(_) => self.rest.push(Reverse(head)),
        }
    }

    pub(super) fn first(&self) -> Option<Head> {
        self.first
    }

    /// Returns the position of the second head.
    pub(super) fn second(&self) -> Option<Position> {
        self.rest.peek().map(|head| head.0.position())
    }

    pub(super) fn pop(&mut self) {
        self.first = self.rest.pop().map(|head| head.0);
    }

    /// Replaces the first head, which is less work than removing one and adding one.
    pub(super) fn replace_first(&mut self, head: Head) {
        self.first = Some(match self.rest.peek_mut() {
            Some(mut top) if top.0 < head => mem::replace(&mut *top, Reverse(head)).0,
            _ => head,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }
}

impl Head {
    #[inline]
    pub(super) fn position(&self) -> Position {
        match self.next {
            Next::Event(Place { position, .. }) | Next::Gap(position) => position,
        }
    }
}

impl Ord for Head {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}

impl PartialOrd for Head {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}
