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
            "if entry.dependencies().are_alive() && !entry.is_over() => living,",
            "if entry.dependencies().are_alive() && living == 0 => living,",
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
            "self.admit(slot, weight_of_another);",
            "let _ = weight_of_another;",
        )],
    ),
    mutant(
        7,
        "An entry is given up by its caller if its slot was swept meanwhile",
        &[edit("swept-slot-given-up", "!self.removals.are_any_since(removals) {", "true {")],
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
            "let others = self.least_used(|other| other != number);",
            "let others = self.least_used(|_| false);",
        )],
    ),
];
