//! The window: the young entries of a memo in the order in which they came, and what was evicted lately.
//!
//! A new entry is young. Its turn comes when the memo is full and no other young entry is older. If it was used since,
//! or its key was evicted lately and missed again, it is promoted, and the eviction policy hears of it. If not, it is
//! evicted. So the policy hears of nothing while there is room, and of no key that is asked for once ("FIFO queues are
//! all you need for cache eviction", SOSP 2023).

/// The part of the capacity that is left to young entries, once the promoted ones take the rest: on no trace of the
/// benchmark more hits are lost by more, down to a thousandth.
const YOUNG: u64 = 64;

/// How many uses of an entry count.
pub(super) const USES: u8 = 2;

/// How many entries the policy may hold, where so many may be in the memo.
pub(super) fn promotable(capacity: u64) -> u64 {
    all_but(capacity, YOUNG)
}

/// All of `capacity` but one in so many `parts`, and but one at least.
fn all_but(capacity: u64, parts: u64) -> u64 {
    capacity.saturating_sub((capacity / parts).max(1))
}

/// The young entries, by their index in the slot list.
#[derive(Debug)]
pub(super) struct Window {
    /// How many entries there may be, young and promoted.
    pub(super) capacity: u64,
    /// How many entries are about to be listed.
    pub(super) reserved: u64,
    links: Vec<Link>,
    /// The one that came first, and the one that came last.
    ends: Link,
    /// Parts of slots, where [`Window::ghost`] says; 0: none.
    ghosts: Vec<u32>,
}

/// Where a young entry stands: the indices of its neighbours, or its own twice where it stands nowhere.
#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

/// No index: there are fewer.
const NONE: u32 = u32::MAX;

impl Window {
    /// An empty one.
    pub(super) fn new(capacity: u64) -> Self {
        let ends = Link { older: NONE, newer: NONE };
        Self { capacity, reserved: 0, links: Vec::new(), ends, ghosts: Vec::new() }
    }

    /// Whether so many promoted entries are too many for the policy to have put off an eviction.
    pub(super) fn is_behind(&self, promoted: usize) -> bool {
        promoted as u64 > all_but(self.capacity, 2 * YOUNG)
    }

    /// Whether an entry that was used so often is promoted, where so many are: one use will do while the policy has room
    /// for all, and where it has to give another up, not.
    pub(super) fn is_worth(&self, uses: u8, promoted: usize) -> bool {
        let has_room = (promoted as u64) < promotable(self.capacity);
        uses >= if has_room { 1 } else { USES }
    }

    /// Adds the entry of `index` as the last.
    pub(super) fn push(&mut self, index: u32) {
        let at = index as usize;
        while self.links.len() <= at {
            let own = u32::try_from(self.links.len()).expect("it is no more than an index");
            self.links.push(Link { older: own, newer: own });
        }
        self.links[at] = Link { older: self.ends.newer, newer: NONE };
        *self.newer_than(self.ends.newer) = index;
        self.ends.newer = index;
    }

    /// Takes the entry of `index` out, if it is in.
    pub(super) fn remove(&mut self, index: u32) {
        let Some(&Link { older, newer }) = self.links.get(index as usize) else { return };
        if older != index {
            *self.newer_than(older) = newer;
            *self.older_than(newer) = older;
            self.links[index as usize] = Link { older: index, newer: index };
        }
    }

    /// Takes out the one that came first.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let first = self.ends.older;
        if first == NONE {
            return None;
        }
        self.remove(first);
        Some(first)
    }

    /// Frees what it holds of young entries, of which there are none.
    pub(super) fn shrink(&mut self) {
        self.links = Vec::new();
    }

    fn newer_than(&mut self, index: u32) -> &mut u32 {
        if index == NONE { &mut self.ends.older } else { &mut self.links[index as usize].newer }
    }

    fn older_than(&mut self, index: u32) -> &mut u32 {
        if index == NONE { &mut self.ends.newer } else { &mut self.links[index as usize].older }
    }

    /// Remembers that the entry of `slot` was evicted unused: for as many evictions as half of the capacity, more or
    /// less.
    pub(super) fn remember(&mut self, slot: u64) {
        if self.ghosts.is_empty() {
            let few = usize::try_from(self.capacity / 2).expect("it is full, so they fit");
            self.ghosts.resize(few.max(1), 0);
        }
        let (at, ghost) = self.ghost(slot);
        self.ghosts[at] = ghost;
    }

    /// Whether the entry of `slot` was evicted lately.
    pub(super) fn recall(&mut self, slot: u64) -> bool {
        if self.ghosts.is_empty() {
            return false;
        }
        let (at, ghost) = self.ghost(slot);
        self.ghosts[at] == ghost && std::mem::take(&mut self.ghosts[at]) != 0
    }

    /// Where the memory of `slot` lies, and what it is. A slot is a hash: its first bits say where.
    fn ghost(&self, slot: u64) -> (usize, u32) {
        let at = (u128::from(slot) * self.ghosts.len() as u128) >> 64;
        let ghost = u32::try_from(slot & u64::from(u32::MAX)).expect("the rest is masked");
        (usize::try_from(at).expect("it is less than the length"), ghost)
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{USES, Window, promotable};

    #[test]
    fn entries_leave_in_the_order_in_which_they_came() {
        let mut window = Window::new(100);
        [5, 0, 3, 1].into_iter().for_each(|index| window.push(index));
        window.remove(4);
        window.remove(0);
        window.remove(0);
        window.remove(9);
        window.push(2);
        window.remove(5);
        assert_eq!(window.pop(), Some(3));
        window.push(3);
        window.remove(3);
        assert_eq!([window.pop(), window.pop(), window.pop()], [Some(1), Some(2), None]);
        window.shrink();
        window.push(1);
        assert_eq!([window.pop(), window.pop()], [Some(1), None]);
    }

    #[test]
    fn evicted_slots_are_recalled_once_and_not_for_ever() {
        let slot = |number: u64| (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut window = Window::new(1_000);
        assert!(!window.recall(slot(0)));
        (0..100).for_each(|number| window.remember(slot(number)));
        let recalled = (0..100).filter(|number| window.recall(slot(*number))).count();
        assert!(recalled > 80, "{recalled} of 100");
        assert!((0..200).all(|number| !window.recall(slot(number))));
        (0..10_000).for_each(|number| window.remember(slot(number)));
        let recalled = (0..10_000).filter(|number| window.recall(slot(*number))).count();
        assert!((300..=500).contains(&recalled), "{recalled} of the last ones");
    }

    #[test]
    fn there_is_room_for_young_entries_in_every_memo() {
        for capacity in [1, 2, 63, 64, 1_000, 1 << 40] {
            let promoted = promotable(capacity);
            assert!(promoted < capacity && promoted >= capacity - capacity / 64 - 1, "{capacity}");
            let window = Window::new(capacity);
            let promoted = usize::try_from(promoted).expect("it fits");
            assert_eq!(
                [window.is_worth(1, promoted), window.is_worth(USES, promoted)],
                [false, true]
            );
            assert!(promoted == 0 || window.is_worth(1, promoted - 1));
            assert!(!window.is_behind(promoted) && window.is_behind(promoted + 1 + promoted / 64));
        }
    }
}
