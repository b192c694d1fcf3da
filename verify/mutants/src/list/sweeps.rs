//! What has ended leaves, and what lives stays.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        7,
        "The sweep leaves ended entries in the map",
        &[edit("sweep-leaves-ended", "self.remove(*slot, entry); }", "let _ = slot; }")],
    ),
    mutant(
        7,
        "The sweep takes out living entries",
        &[edit(
            "sweep-takes-living",
            "if Self::end_of(entry).is_none() => living,",
            "if Self::end_of(entry).is_none() && living == 0 => living,",
        )],
    ),
    mutant(
        7,
        "The sweep leaves entries that were computed in a doubt that is over",
        &[edit("sweep-leaves-doubted", "generations::notice_end_of_doubts();", "")],
    ),
    mutant(
        7,
        "Ended entries are not counted for the sweep",
        &[edit("ended-not-counted", "if dependents > 0 {", "if dependents > usize::MAX - 1 {")],
    ),
    mutant(
        7,
        "More entries have ended than were counted, and the sweep takes its time",
        &[edit("uncounted-not-noticed", "BACKLOG.uncounted.store(true, Ordering::SeqCst)", "()")],
    ),
    mutant(
        7,
        "An entry that ended before it was inserted stays",
        &[edit(
            "ended-before-insert-stays",
            "if !entry.dependencies().are_alive() { self.remove",
            "if false { self.remove",
        )],
    ),
    mutant(
        7,
        "The eviction policy does not hold an entry that was inserted while its slot was swept",
        &[edit(
            "swept-slot-not-held",
            "self.evict(&self.policy.insert(slot, weight));",
            "let _ = weight;",
        )],
    ),
    mutant(
        7,
        "A slot that was inserted into the policy after its entry was removed stays there",
        &[edit("removed-slot-stays", "if entry.is_removed() {", "if false {")],
    ),
    mutant(
        7,
        "An entry that was removed before it was listed is listed",
        &[edit("removed-is-listed", "if entry.is_removed() {", "if false {")],
    ),
    mutant(
        7,
        "Young entries do not count",
        &[edit(
            "young-not-counted",
            "if len as u64 + window.reserved < window.capacity {",
            "if state.promoted as u64 + window.reserved < window.capacity && len < 1_000 {",
        )],
    ),
    mutant(
        7,
        "An entry takes the place of one that was swept before it has room",
        &[
            edit(
                "room-reserved-late",
                "if !self.reserve(slot, entry) {",
                "replaced = self.entries.insert(slot, Arc::clone(entry)); if !self.reserve(slot, entry) { if \
                 self.entries.remove_this(slot, entry) { self.forget(entry); }",
            ),
            edit(
                "room-reserved-late-2",
                "replaced = self.entries.insert(slot, Arc::clone(entry));",
                "",
            ),
        ],
    ),
    mutant(
        7,
        "A young entry that has ended is promoted",
        &[edit(
            "ended-is-promoted",
            "if let Some(end) = Self::end_of(entry) {",
            "if let Some(end) = Self::end_of(entry).filter(|_| entry.uses() == 0) {",
        )],
    ),
    mutant(
        7,
        "A young entry that is not used stays when its turn has come",
        &[edit("turn-evicts-nothing", "self.remove(slot, entry).then(|| {", "false.then(|| {")],
    ),
    mutant(
        7,
        "An entry that replaces a promoted one is not promoted",
        &[edit(
            "promotion-not-inherited",
            "entry.set_promoted(promoted);",
            "let promoted = promoted && replaced.is_none(); entry.set_promoted(promoted);",
        )],
    ),
    mutant(
        7,
        "`clear` leaves young entries",
        &[edit(
            "clear-leaves-young",
            "for (slot, entry) in &entries {",
            "for (slot, entry) in entries.iter().filter(|(_, entry)| entry.is_promoted()) {",
        )],
    ),
    mutant(
        7,
        "Hits make no step of the sweep",
        &[edit("hits-do-not-sweep", "step(&HITS);", "let _ = HITS;")],
    ),
    mutant(
        7,
        "Memory that an ended thread held back is not freed",
        &[edit("ended-thread-holds", "thread::at_the_end(flush_all);", "let _ = flush_all;")],
    ),
    mutant(
        7,
        "Memory that a thread holds back is not freed in passing",
        &[edit("thread-holds", "map::flush();", "")],
    ),
    mutant(
        7,
        "Thread-local caches take more than the budget of the process",
        &[edit(
            "budget-of-process-ignored",
            "sum.checked_add(more).filter(|sum| *sum <= most)",
            "sum.checked_add(more).filter(|_| most > 0)",
        )],
    ),
    mutant(
        7,
        "What a thread-local cache took is not counted back when it shrinks",
        &[edit(
            "budget-not-given-back",
            "RESERVED.fetch_sub(bytes, Ordering::Relaxed);",
            "RESERVED.fetch_sub(0, Ordering::Relaxed);",
        )],
    ),
    mutant(
        7,
        "What a thread's caches took is not counted back when it ends",
        &[edit("budget-outlives-thread", "self.give_back(self.bytes);", "")],
    ),
    mutant(
        7,
        "A thread gives nothing back to threads that come late",
        &[edit(
            "late-thread-without-room",
            "if is_scarce { most.min(equal_share(all)) } else { most }",
            "if is_scarce { most } else { most }",
        )],
    ),
    mutant(
        7,
        "A function that is used late takes no room from others",
        &[edit(
            "late-function-without-room",
            "self.by_use(|other| other != number)",
            "self.by_use(|_| false)",
        )],
    ),
];
