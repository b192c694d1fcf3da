//! What is read: the memo, what a thread has at hand, nested calls.

use super::{edit, mutant};
use crate::mutant::Mutant;

const BASIS: &str = "gcache-runtime/src/generations/dependency_set.rs";
const CALL: &str = "gcache-runtime/src/call.rs";
const CLOCK: &str = "gcache-runtime/src/clock.rs";
const ENTRY: &str = "gcache-runtime/src/cache/entry.rs";
const GENERATION: &str = "gcache-runtime/src/generations/generation.rs";
const HORIZON: &str = "gcache-runtime/src/cache/compact_epoch.rs";
const LEAD: &str = "gcache-runtime/src/flights/leader.rs";
const MEMO: &str = "gcache-runtime/src/cache/memo.rs";
const PLACES: &str = "gcache-runtime/src/cache/buckets.rs";
const ROLL: &str = "gcache-runtime/src/generations/table.rs";
const SWEEP: &str = "gcache-runtime/src/cache/sweep.rs";
const TRACKER: &str = "gcache-runtime/src/context.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "what a thread has at hand is looked at once",
        &[edit(
            HORIZON,
            "now.wrapping_sub(self.0.get()) == u64::from(mark.0)",
            "{ let _ = now; mark != Mark::NEVER }",
        )],
    ),
    mutant(
        1,
        "what a thread has at hand is taken for alive at a later count of bumps",
        &[
            edit(PLACES, "        let now = losses();\n", ""),
            edit(PLACES, "self.mark(now)", "self.mark(losses())"),
        ],
    ),
    mutant(
        1,
        "what is put at hand counts as seen alive",
        &[edit(
            PLACES,
            "self.mark(losses));",
            "self.mark(losses.max(crate::generation::losses())));",
        )],
    ),
    mutant(
        2,
        "what a thread has at hand is served after it was evicted",
        &[edit(PLACES, "!is_enabled() || !entry.is_listed()", "!is_enabled()")],
    ),
    mutant(
        2,
        "an entry that leaves its memo is not counted as a loss",
        &[edit(
            ENTRY,
            "        if !has_ended {\n            note_loss();",
            "        if !has_ended {\n            let _ = note_loss;",
        )],
    ),
    mutant(
        2,
        "what a thread has at hand is served while caching is turned off",
        &[edit(PLACES, "!is_enabled() || !entry.is_listed()", "!entry.is_listed()")],
    ),
    mutant(
        1,
        "an entry that was noted as alive is not looked at again",
        &[edit(
            GENERATION,
            "self.seen.load(Ordering::Acquire) == now {",
            "self.seen.load(Ordering::Acquire) != NOT_SEEN {",
        )],
    ),
    mutant(
        1,
        "an entry is noted as alive at a later count of bumps",
        &[
            edit(GENERATION, "        let now = everything();\n", ""),
            edit(
                GENERATION,
                "self.seen.load(Ordering::Acquire) == now {",
                "self.seen.load(Ordering::Acquire) == everything() {",
            ),
            edit(
                GENERATION,
                "self.seen.store(now, Ordering::Release);",
                "self.seen.store(everything(), Ordering::Release);",
            ),
        ],
    ),
    mutant(
        2,
        "`clear` ends neither entries nor the computations under way",
        &[edit(SWEEP, "        self.content.end_at(End::now());\n", "")],
    ),
    mutant(
        7,
        "an entry that was evicted while it was published stays",
        &[edit(MEMO, "        if !is_held && self.entries", "        if false && self.entries")],
    ),
    mutant(
        7,
        "an entry that was evicted stays readable",
        &[edit(
            MEMO,
            "            if !self.store.holds(*slot) && self.entries",
            "            if false && self.entries",
        )],
    ),
    mutant(
        8,
        "the hash of a memo key is trusted alone",
        &[edit(
            MEMO,
            "            if is(entry.key()) {",
            "            if is(entry.key()) || true {",
        )],
    ),
    mutant(
        8,
        "the hash of a memo key is trusted alone by what a thread has at hand",
        &[edit(PLACES, "may && query.is(kept.face.key(&kept.entry))", "self.hashes[side] == hash")],
    ),
    mutant(
        8,
        "the hash of a memo key is trusted alone by flights",
        &[edit(CALL, "        if *flight.key() != self.key {", "        if false {")],
    ),
    mutant(
        8,
        "the hash of a group's key is trusted alone",
        &[edit(ROLL, "*living.key.get() == *key)", "*living.key.get() == *key || true)")],
    ),
    mutant(
        5,
        "a nested hit is not passed on",
        &[edit(
            CALL,
            "    context::tell(|frame| frame.note_use(entry.dependencies(), entry.deadline(), outdated));\n",
            "    let _ = outdated;\n",
        )],
    ),
    mutant(
        5,
        "a nested computation is not passed on",
        &[edit(LEAD, "        self.frame.tell_callers();\n", "")],
    ),
    mutant(
        5,
        "the deadline of a nested value is not passed on",
        &[
            edit(TRACKER, "        found.inherit(deadline);\n", "        let _ = deadline;\n"),
            edit(BASIS, "        self.deadline.inherit(inner.deadline);\n", ""),
        ],
    ),
    mutant(
        5,
        "what an entry is told of its time is not asked",
        &[edit(ENTRY, "if deadline.is_some_and(|deadline| now >= deadline) {", "if false {")],
    ),
    mutant(
        5,
        "what was in time once is not asked for its time again",
        &[edit(
            ENTRY,
            "self.sure.store(clock::surely(coarse, sure), Ordering::Relaxed);",
            "let _ = clock::surely(coarse, sure);
        self.sure.store(u64::MAX, Ordering::Relaxed);",
        )],
    ),
    mutant(
        5,
        "the coarse clock is trusted to the end of an entry's time",
        &[edit(CLOCK, "Duration::from_millis(20)", "Duration::from_millis(0)")],
    ),
    mutant(
        5,
        "what a thread has at hand is not asked for its time",
        &[edit(PLACES, "Freshness::Fresh && !entry.is_limited()", "Freshness::Fresh")],
    ),
];
