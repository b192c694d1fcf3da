//! Growth of the local caches: which of them take more bytes, and which shrink for others.
//!
//! The bytes of each table are reserved of the budget. Where that has none left, a cache that is to grow takes them from
//! those that are used less: that have a quarter of its hits, or fewer, for each byte. So what is hot now has room, and
//! no two caches that are both in use take it from each other in turn.

use crate::cache::buckets::Left;
use crate::cache::local::{Hits, LocalCache, LocalCaches};
use crate::cache::resident::Resident;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How much less a cache must be used than another that is to have its room.
const LESS: u64 = 4;

/// Caches that take any room, by the number of their memo: the one that is used least for its size comes first. A thread
/// may have as many caches as there are functions.
type ByUse = BinaryHeap<Reverse<(u64, usize)>>;

/// What a thread holds of one memo, whatever its keys and values are.
pub(super) trait AnyCache {
    /// How many bytes its table takes.
    fn bytes(&self) -> usize;

    /// How many bytes more it takes once it has grown.
    fn growth(&self) -> usize;

    fn grow(&mut self, left: &mut Left);

    fn shrink(&mut self, left: &mut Left);

    /// Where it does not grow: it does not ask again for a while.
    fn put_off_growth(&mut self);

    fn hits(&mut self) -> &mut Hits;

    /// Takes out dead entries, and returns where to go on: see `Buckets::sweep`.
    fn sweep(&mut self, first: usize, effort: &mut usize, left: &mut Left) -> Option<usize>;
}

impl dyn AnyCache + '_ {
    /// Its hits for its size, the older ones counting less.
    fn use_of_room(&mut self) -> u64 {
        self.hits().recent().saturating_mul(1 << 20) / self.growth() as u64
    }
}

impl LocalCaches {
    /// Has the cache of memo `number` grow, if there is room or others are used less.
    pub(super) fn grow(&mut self, number: usize) -> Left {
        let mut left = Left::new();
        let Some((more, own)) =
            self.cache(number).map(|cache| (cache.growth(), cache.use_of_room()))
        else {
            return left;
        };
        let mut reserved = self.reserved.reserve(more);
        // mutant: late-function-without-room
        let mut others = if reserved { ByUse::new() } else { self.by_use(|other| other != number) };
        while !reserved
            && let Some(Reverse((used, less))) = others.pop()
            && used.saturating_mul(LESS) <= own
        {
            self.shrink(less, &mut others, &mut left);
            reserved = self.reserved.reserve(more);
        }
        match self.cache(number) {
            Some(cache) if reserved => cache.grow(&mut left),
            Some(cache) => {
                cache.put_off_growth();
                self.each().for_each(|(_, cache)| cache.hits().age());
            }
            None => {}
        }
        self.begin_sweep_anew();
        left
    }

    /// Shrinks those that are used least, while the thread has more than it may keep.
    pub(super) fn trim(&mut self, left: &mut Left) {
        if !self.reserved.is_too_much() {
            return;
        }
        let mut caches = self.by_use(|_| true);
        while self.reserved.is_too_much()
            && let Some(Reverse((_, least))) = caches.pop()
        {
            self.shrink(least, &mut caches, left);
        }
    }

    /// Shrinks the cache of memo `number`, which then has another place among `caches`.
    fn shrink(&mut self, number: usize, caches: &mut ByUse, left: &mut Left) {
        if let Some(cache) = self.cache(number) {
            let before = cache.bytes();
            cache.shrink(left);
            let (after, used) = (cache.bytes(), cache.use_of_room());
            if after > 0 {
                caches.push(Reverse((used, number)));
            }
            self.reserved.give_back(before - after);
            self.begin_sweep_anew();
        }
    }

    /// The caches of some memos.
    fn by_use(&mut self, among: impl Fn(usize) -> bool) -> ByUse {
        let some = self.each().filter(|(number, cache)| among(*number) && cache.bytes() > 0);
        some.map(|(number, cache)| Reverse((cache.use_of_room(), number))).collect()
    }
}

impl<R: Resident> AnyCache for LocalCache<R> {
    fn bytes(&self) -> usize {
        self.buckets.bytes()
    }

    fn growth(&self) -> usize {
        self.buckets.growth()
    }

    fn grow(&mut self, left: &mut Left) {
        self.buckets.grow(left);
    }

    fn shrink(&mut self, left: &mut Left) {
        self.buckets.shrink(left);
    }

    fn put_off_growth(&mut self) {
        self.buckets.put_off_growth();
    }

    fn hits(&mut self) -> &mut Hits {
        &mut self.hits
    }

    fn sweep(&mut self, first: usize, effort: &mut usize, left: &mut Left) -> Option<usize> {
        self.buckets.sweep(first, effort, left)
    }
}
