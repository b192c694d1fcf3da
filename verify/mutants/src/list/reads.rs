//! What is read: the memo, thread-local caches, nested calls.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "An entry of the thread-local cache is validated once",
        &[edit(
            "local-looked-at-once",
            "epoch.wrapping_sub(base) == u64::from(self.0)",
            "{ let _ = (epoch, base); self != Self::NEVER }",
        )],
    ),
    mutant(
        1,
        "An entry of the thread-local cache is taken for valid at a later epoch",
        &[
            edit("local-alive-at-later-epoch", "let now = epoch();", ""),
            edit("local-alive-at-later-epoch-2", "self.compact(now)", "self.compact(epoch())"),
        ],
    ),
    mutant(
        1,
        "An entry counts as validated when it comes into the thread-local cache",
        &[edit(
            "local-inserted-validated",
            "self.compact(epoch) };",
            "self.compact(epoch.max(crate::generations::epoch())) };",
        )],
    ),
    mutant(
        2,
        "An entry of the thread-local cache is served after its eviction",
        &[edit(
            "local-served-after-eviction",
            "!is_enabled() || entry.is_removed()",
            "!is_enabled()",
        )],
    ),
    mutant(
        2,
        "An entry that leaves its memo does not advance the epoch",
        &[edit(
            "departure-not-counted",
            "if !has_ended { advance_epoch();",
            "if !has_ended { let _ = advance_epoch;",
        )],
    ),
    mutant(
        2,
        "An entry of the thread-local cache is served while caching is turned off",
        &[edit(
            "local-served-while-off",
            "!is_enabled() || entry.is_removed()",
            "entry.is_removed()",
        )],
    ),
    mutant(
        1,
        "An entry that was validated once is not validated again",
        &[edit(
            "validated-forever",
            "self.seen.load(Ordering::Acquire) == now {",
            "self.seen.load(Ordering::Acquire) != NOT_SEEN {",
        )],
    ),
    mutant(
        1,
        "An entry is noted as validated at a later count of ended generations",
        &[edit(
            "validated-at-later-count",
            "self.seen.store(seen, Ordering::Release);",
            "let _ = seen; self.seen.store(ended_generations(), Ordering::Release);",
        )],
    ),
    mutant(
        2,
        "`clear` ends neither entries nor computations under way",
        &[edit("clear-ends-nothing", "self.content.end_current(InvalidatedAt::now(false));", "")],
    ),
    mutant(
        7,
        "An evicted entry stays readable",
        &[edit(
            "evicted-stays-readable",
            "if !self.policy.contains(*slot) && self.entries",
            "if false && self.entries",
        )],
    ),
    mutant(
        8,
        "The hash of a memo key is trusted alone",
        &[edit("hash-trusted-map", "if is(entry.key()) {", "if is(entry.key()) || true {")],
    ),
    mutant(
        8,
        "The hash of a memo key is trusted alone by the thread-local cache",
        &[edit(
            "hash-trusted-local",
            "may && query.equivalent(resident.key())",
            "self.hashes[way] == hash",
        )],
    ),
    mutant(
        8,
        "The hash of a memo key is trusted alone by flights",
        &[edit("hash-trusted-flights", "if !flight.is_of(key) {", "if false {")],
    ),
    mutant(
        8,
        "The hash of a group's key is trusted alone",
        &[edit(
            "hash-trusted-groups",
            "*generation.key().get() == *key)",
            "*generation.key().get() == *key || true)",
        )],
    ),
    mutant(
        5,
        "A nested hit is no dependency",
        &[edit(
            "nested-hit-lost",
            "context::with_frame(|frame| frame.note_use(dependencies, deadline, outdated));",
            "let _ = (dependencies, deadline, outdated);",
        )],
    ),
    mutant(
        5,
        "A nested value that another body has used is no dependency",
        &[edit(
            "nested-use-not-listed",
            "self.listed_by.load(Ordering::Relaxed) != number;",
            "self.listed_by.load(Ordering::Relaxed) == 0;",
        )],
    ),
    mutant(
        5,
        "What a nested value was made of is not looked at",
        &[edit(
            "node-below-not-looked-at",
            "step.below.find(|below| below.many.is_some() || !below.is_leaf_alive(now))",
            "step.below.find(|_| false)",
        )],
    ),
    mutant(
        5,
        "A node is served although its own generations have ended",
        &[
            edit(
                "ended-node-served",
                "if !self.generations.iter().all(AnyGeneration::is_alive) {",
                "if false {",
            ),
            edit(
                "ended-node-served-2",
                "let alive = self.generations.iter().all(AnyGeneration::is_alive);",
                "let alive = true;",
            ),
        ],
    ),
    mutant(
        5,
        "A node that was seen alive once is not looked at again",
        &[edit(
            "node-seen-forever",
            "seen if seen >= now => Some(true),",
            "seen if seen != NOT_SEEN => { let _ = now; Some(true) }",
        )],
    ),
    mutant(
        5,
        "A node is noted as alive at a later count of ended generations",
        &[
            edit(
                "node-noted-later",
                "if alive { now }",
                "if alive { let _ = now; ended_generations() }",
            ),
            edit(
                "node-noted-later-2",
                "seen.store(now, Ordering::Release);",
                "let _ = now; seen.store(ended_generations(), Ordering::Release);",
            ),
        ],
    ),
    mutant(
        5,
        "A nested computation is no dependency",
        &[edit("nested-computation-lost", "self.frame.tell_callers();", "")],
    ),
    mutant(
        5,
        "The deadline of a nested value is no deadline of its caller",
        &[
            edit("nested-deadline-lost", "found.inherit(*deadline);", "let _ = deadline;"),
            edit("nested-deadline-lost-2", "self.deadline.inherit(deadline);", "let _ = deadline;"),
        ],
    ),
    mutant(
        5,
        "An entry does not ask whether its time is over",
        &[edit(
            "entry-time-ignored",
            "if deadline.is_some_and(|deadline| now >= deadline) {",
            "if false {",
        )],
    ),
    mutant(
        5,
        "An entry that was in time once is not asked again",
        &[edit(
            "time-asked-once",
            "self.sure_until.store(clock::surely(coarse, sure), Ordering::Relaxed);",
            "let _ = clock::surely(coarse, sure); self.sure_until.store(u64::MAX, Ordering::Relaxed);",
        )],
    ),
    mutant(
        5,
        "The coarse clock is trusted to the end of an entry's time",
        &[edit("coarse-clock-trusted", "Duration::from_millis(20)", "Duration::from_millis(0)")],
    ),
    mutant(
        5,
        "An entry of the thread-local cache is not asked for its time",
        &[edit(
            "local-time-ignored",
            "Freshness::Fresh && !entry.is_limited()",
            "Freshness::Fresh",
        )],
    ),
];
