//! A store of record of our own, to measure the default one against: `--cfg gcache_fifo`.
//!
//! The algorithm is S3-FIFO (Yang and others, "FIFO queues are all you need for cache eviction", SOSP
//! 2023) with one bit of use for each entry: what is new stands in a small queue, and moves to the large
//! one if it was used by the time its turn comes. It knows no time: what has expired is found by readers.

use crate::cache::policy::{GivenUp, Store, Why};
use crate::config::{Bound, Config};
use crate::hashing::Hashed;
use crate::sync::Mutex;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

/// Decides by whether slots were used again.
pub(crate) struct Kept {
    max: u64,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    slots: HashMap<u64, Held, Hashed>,
    young: VecDeque<u64>,
    old: VecDeque<u64>,
    /// Slots that were given up young, so that they are old when they come back.
    ghosts: HashSet<u64, Hashed>,
    ghost_queue: VecDeque<u64>,
    weight: u64,
    young_weight: u64,
}

#[derive(Clone, Copy)]
struct Held {
    weight: u64,
    young: bool,
}

/// The part of the whole that the young may have.
const YOUNG: u64 = 10;

impl Store for Kept {
    fn new<V>(config: &Config<V>) -> Self {
        let max = match config.bound {
            Bound::Entries(max) | Bound::Weight { max, .. } => max,
        };
        Self { max, queues: Mutex::default() }
    }

    fn admit(&self, slot: u64, weight: u64, used: impl Fn(u64) -> bool) -> Vec<GivenUp> {
        let mut given_up = Vec::new();
        let mut turn = {
            let mut queues = self.queues.lock();
            queues.insert(slot, weight);
            queues.next_turn(self.max)
        };
        while let Some(slot) = turn {
            // Asked outside of the lock.
            let used = used(slot);
            let mut queues = self.queues.lock();
            if queues.decide(slot, used) {
                given_up.push(GivenUp { slot, why: Why::Evicted });
            }
            turn = queues.next_turn(self.max);
        }
        given_up
    }

    fn holds(&self, slot: u64) -> bool {
        self.queues.lock().slots.contains_key(&slot)
    }

    fn touch(&self, _: u64) -> Vec<GivenUp> {
        Vec::new()
    }

    fn remove(&self, slot: u64) {
        self.queues.lock().remove(slot);
    }

    fn clear(&self) {
        *self.queues.lock() = Queues::default();
    }

    fn settle(&self) -> Vec<GivenUp> {
        Vec::new()
    }
}

impl Queues {
    fn insert(&mut self, slot: u64, weight: u64) {
        let young = !self.ghosts.remove(&slot);
        match self.slots.entry(slot) {
            Entry::Occupied(mut held) => {
                let before = std::mem::replace(&mut held.get_mut().weight, weight);
                let young = held.get().young;
                self.weigh(young, before, weight);
                return;
            }
            Entry::Vacant(place) => place.insert(Held { weight, young }),
        };
        self.weigh(young, 0, weight);
        let queue = if young { &mut self.young } else { &mut self.old };
        queue.push_back(slot);
    }

    fn remove(&mut self, slot: u64) {
        let Some(Held { weight, young }) = self.slots.remove(&slot) else { return };
        self.weigh(young, weight, 0);
        // Its place in a queue is left out when its turn comes, or when such places may be half of all.
        let Self { slots, young, old, .. } = self;
        if young.len() + old.len() > 2 * slots.len() + 64 {
            let mut seen = HashSet::<u64, Hashed>::default();
            for (queue, is_young) in [(young, true), (old, false)] {
                let is_held =
                    |slot: &u64| slots.get(slot).is_some_and(|held| held.young == is_young);
                queue.retain(|slot| is_held(slot) && seen.insert(*slot));
            }
        }
    }

    fn weigh(&mut self, young: bool, before: u64, after: u64) {
        let change = |sum: &mut u64| *sum = *sum + after - before;
        change(&mut self.weight);
        if young {
            change(&mut self.young_weight);
        }
    }

    /// Takes the slot whose turn it is out of its queue, where there is too much.
    fn next_turn(&mut self, max: u64) -> Option<u64> {
        if self.weight <= max {
            return None;
        }
        let young_first = self.young_weight > max / YOUNG || self.old.is_empty();
        let first = if young_first { self.young.pop_front() } else { None };
        first.or_else(|| self.old.pop_front()).or_else(|| self.young.pop_front())
    }

    /// Puts `slot` back into a queue or gives it up, and says whether it is given up.
    fn decide(&mut self, slot: u64, used: bool) -> bool {
        let Some(held) = self.slots.get_mut(&slot) else { return false };
        let Held { weight, young } = *held;
        if used {
            held.young = false;
            self.old.push_back(slot);
        } else {
            self.slots.remove(&slot);
            self.weight -= weight;
        }
        if young {
            self.young_weight -= weight;
            if !used {
                self.note_ghost(slot);
            }
        }
        !used
    }

    /// As many ghosts as there are slots.
    fn note_ghost(&mut self, slot: u64) {
        self.ghosts.insert(slot);
        self.ghost_queue.push_back(slot);
        while self.ghost_queue.len() > self.slots.len().max(1) {
            if let Some(oldest) = self.ghost_queue.pop_front() {
                self.ghosts.remove(&oldest);
            }
        }
    }
}
