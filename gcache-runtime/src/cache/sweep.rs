//! The sweep of a memo: its ended entries leave the map and the store without a call for them.

use crate::cache::entry::{Entry, Freshness};
use crate::cache::local;
use crate::cache::map;
use crate::cache::memo::Memo;
use crate::cache::policy::Store as _;
use crate::cache::residents::STRIDE;
use crate::generations::{self, InvalidatedAt};
use crate::registry::{AnyMemo, Swept};
use crate::stats::Stats;
use crate::sync::Arc;
#[cfg(all(gcache_model, test))]
use crate::sync::Ordering;
use crate::thread;
use smallvec::SmallVec;

/// An entry with its slot.
type InSlot<K, V> = (u64, Arc<Entry<K, V>>);

/// What was found among some residents.
struct Ended<K, V> {
    /// Those that have ended, or whose time is over, with their slots.
    entries: SmallVec<[InSlot<K, V>; 8]>,
    /// How many were looked at.
    looked_at: usize,
    /// What is left of the effort.
    effort: usize,
}

/// How far a publisher looks for what has ended and may make room.
const ROOM: usize = if cfg!(gcache_model) { 4 } else { 64 };

/// Up to how many entries those of a memo are mostly in the processor's cache.
const SMALL: usize = 1_024;

impl<K, V> Memo<K, V> {
    /// Ends every entry, and every computation under way. Frees the entries, but for those that other threads'
    /// local caches hold: they go when those threads next clean up.
    pub(crate) fn clear(&self) {
        self.end_all();
        local::sweep_memo(self.number);
    }

    fn end_all(&self) {
        self.store.clear();
        // After the store, so that it ends whatever was stored, and put at hand, in the midst of this.
        // mutant: clear-ends-nothing
        self.content.end_current(InvalidatedAt::now(false));
        if thread::is_ending() {
            return;
        }
        // Now all have ended that were there. What others list meanwhile they look at once more by themselves.
        // What a sweep is looking at it may have found alive, so each is looked at here.
        let ended = generations::ended_entries();
        for first in (0..self.residents.count()).step_by(STRIDE) {
            let slots = self.residents.slots_from(first);
            let Ended { entries, .. } = self.ended_among(&slots, usize::MAX);
            entries.iter().for_each(|(slot, entry)| self.take_out(*slot, entry));
        }
        self.residents.note_swept(ended);
        map::flush();
    }

    /// Looks at the next few residents, as far as `effort` goes, and takes out those that have ended.
    pub(crate) fn sweep(&self, effort: usize) -> Swept {
        let ended = generations::ended_entries();
        if self.residents.swept() == ended {
            return Swept { left: effort, found: false };
        }
        let stretch = self.residents.stretch(ended, effort);
        let Ended { entries, looked_at, effort } = self.ended_among(&stretch.slots, effort);
        for (slot, entry) in &entries {
            let alive = entry.dependencies().are_alive();
            self.note_end(entry, if alive { Freshness::Expired } else { Freshness::Ended });
            // mutant: sweep-leaves-ended
            self.take_out(*slot, entry);
        }
        self.residents.advance(&stretch, looked_at);
        // One less, so that memos without residents come to an end, too.
        Swept { left: effort.saturating_sub(1), found: !entries.is_empty() }
    }

    /// Looks for one that has ended as far as a publisher does, beyond the last of all as well.
    pub(crate) fn sweep_for_room(&self) {
        let Swept { left, found } = self.sweep(ROOM);
        if !found {
            self.sweep(left);
        }
    }

    /// The ended entries among `residents`, as far as `effort` goes.
    fn ended_among(&self, residents: &[(u32, u64)], mut effort: usize) -> Ended<K, V> {
        let entries = self.entries.pin();
        let living = self.effort_of_living();
        let mut ended = SmallVec::new();
        let mut looked_at = 0;
        for (index, slot) in residents {
            if effort == 0 {
                break;
            }
            looked_at += 1;
            let entry = entries.get(slot).filter(|entry| entry.index() == Some(*index));
            effort = effort.saturating_sub(match entry {
                None => 1,
                // mutant: sweep-takes-living
                Some(entry) if entry.dependencies().are_alive() && !entry.is_over() => living,
                Some(entry) => {
                    ended.push((*slot, Arc::clone(entry)));
                    2
                }
            });
        }
        Ended { entries: ended, looked_at, effort }
    }

    /// What it is to look at a living entry in vain: where there are many, each is one more place in memory.
    fn effort_of_living(&self) -> usize {
        if self.entries.len() <= SMALL { 4 } else { 16 }
    }
}

impl<K: Send + Sync, V: Send + Sync> AnyMemo for Memo<K, V> {
    fn stats(&self) -> Stats {
        self.stats()
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn clear(&self) {
        self.clear();
    }

    fn is_swept(&self, ended: u64) -> bool {
        self.residents.swept() == ended
    }

    fn sweep(&self, effort: usize) -> Swept {
        self.sweep(effort)
    }

    fn is_timed(&self) -> bool {
        self.config.ttl.is_some() || self.config.idle.is_some()
    }

    fn expire(&self) {
        if self.entries.len() > 0 {
            self.empty(&self.store.settle());
        }
    }

    #[cfg(all(gcache_model, test))]
    fn begin_execution(&self) {
        // Drops what the execution before has left, which would count as dependents of what ends in this one.
        self.entries.len();
        self.residents.begin_execution();
        self.neighbours.store(1, Ordering::Relaxed);
    }
}
