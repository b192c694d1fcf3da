//! The sweep of a memo: its ended entries are removed from the map and the policy without a call for them.

use crate::cache::entry::{Entry, Freshness};
use crate::cache::local;
use crate::cache::map;
use crate::cache::memo::Memo;
use crate::cache::slot_list::CHUNK;
use crate::generations::{self, InvalidatedAt};
use crate::registry::{AnyMemo, Swept};
use crate::stats::Stats;
use crate::sync::Arc;
#[cfg(all(gcache_model, test))]
use crate::sync::Ordering;
use crate::thread;

/// What a look at some slots found.
struct Ended<K, V> {
    /// Entries that have ended, or whose time is over, with their slots.
    entries: Vec<(u64, Arc<Entry<K, V>>)>,
    /// How many slots were looked at.
    looked_at: usize,
    /// What is left of the effort.
    effort: usize,
}

/// How far an insertion looks for ended entries that may make room.
const ROOM: usize = if cfg!(gcache_model) { 4 } else { 64 };

/// Up to how many entries a memo is mostly in the processor's cache.
const SMALL: usize = 1_024;

impl<K, V> Memo<K, V> {
    /// Ends every entry, and every computation under way. Frees the entries, but for those that other threads'
    /// local caches hold: they go when those threads next clean up.
    pub(crate) fn clear(&self) {
        self.end_all();
        local::sweep_memo(self.number);
    }

    fn end_all(&self) {
        self.policy.clear();
        // After the policy: this ends the entries, too, that were inserted meanwhile.
        // mutant: clear-ends-nothing
        self.content.end_current(InvalidatedAt::now(false));
        if thread::is_ending() {
            return;
        }
        // Now all entries have ended that were there. An entry that is listed meanwhile is looked at once more by its
        // insertion. A sweep under way may have found entries alive: each is looked at here.
        let ended = generations::ended_entries();
        for first in (0..self.list.len()).step_by(CHUNK) {
            let Ended { entries, .. } = self.ended_among(&self.list.chunk(first).slots, usize::MAX);
            // mutant: clear-leaves-young
            for (slot, entry) in &entries {
                self.remove(*slot, entry);
            }
        }
        self.list.note_swept(ended);
        map::flush();
    }

    /// Looks at the next few entries, as far as `effort` goes, and removes those that have ended.
    pub(crate) fn sweep(&self, effort: usize) -> Swept {
        let ended = generations::ended_entries();
        if self.list.swept() == ended {
            return Swept { left: effort, found: false };
        }
        let chunk = self.list.next_chunk(ended, effort);
        let Ended { entries, looked_at, effort } = self.ended_among(&chunk.slots, effort);
        for (slot, entry) in &entries {
            self.count_end(entry, Self::end_of(entry).unwrap_or(Freshness::Ended));
            // mutant: sweep-leaves-ended
            self.remove(*slot, entry);
        }
        self.list.advance(&chunk, looked_at);
        // One less, so that memos without entries come to an end, too.
        Swept { left: effort.saturating_sub(1), found: !entries.is_empty() }
    }

    /// Looks for an ended entry as far as an insertion does, beyond the last of all as well.
    pub(super) fn sweep_for_room(&self) {
        let Swept { left, found } = self.sweep(ROOM);
        if !found {
            self.sweep(left);
        }
    }

    /// The ended entries in `slots`, as far as `effort` goes.
    fn ended_among(&self, slots: &[(u32, u64)], mut effort: usize) -> Ended<K, V> {
        let entries = self.entries.pin();
        let living = self.effort_of_living();
        let mut ended = Vec::new();
        let mut looked_at = 0;
        for (index, slot) in slots {
            if effort == 0 {
                break;
            }
            looked_at += 1;
            let entry = entries.get(*slot).filter(|entry| entry.index() == Some(*index));
            effort = effort.saturating_sub(match entry {
                None => 1,
                // mutant: sweep-takes-living
                Some(entry) if Self::end_of(entry).is_none() => living,
                Some(entry) => {
                    ended.push((*slot, Arc::clone(entry)));
                    2
                }
            });
        }
        Ended { entries: ended, looked_at, effort }
    }

    /// The effort of a look at a living entry: where there are many, each is one more read from memory.
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
        self.list.swept() == ended
    }

    fn sweep(&self, effort: usize) -> Swept {
        self.sweep(effort)
    }

    fn is_timed(&self) -> bool {
        self.config.ttl.is_some() || self.config.idle.is_some()
    }

    fn expire(&self) {
        if self.entries.len() > 0 {
            self.evict(&self.policy.run_pending());
        }
    }

    #[cfg(all(gcache_model, test))]
    fn check(&self) {
        let entries = self.entries.now();
        let promoted = entries.iter().filter(|(_, entry)| entry.is_promoted());
        let mut promoted: Vec<u64> = promoted.map(|(slot, _)| *slot).collect();
        promoted.sort_unstable();
        assert_eq!(
            self.policy.now(),
            promoted,
            "the policy contains promoted entries, and all of them"
        );
        if let Some(capacity) = self.config.window() {
            assert!(self.entries.most() as u64 <= capacity, "more entries than the capacity");
        }
        self.list.check(entries.len(), promoted.len());
    }

    #[cfg(all(gcache_model, test))]
    fn begin_execution(&self) {
        // Drops the entries of the execution before, which would count as dependents of what ends in this one.
        self.entries.len();
        self.list.begin_execution();
        self.neighbours.store(1, Ordering::Relaxed);
    }
}
