//! Doubts: what a future that is dropped in the middle leaves, and what becomes of it.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "A body that is dropped in the middle leaves no doubt",
        &[edit("dropped-body-no-doubt", "self.waits = polled.is_pending();", "")],
    ),
    mutant(
        1,
        "Keys are in no doubt",
        &[edit("keys-no-doubt", "self.doubts.add(hash, until);", "let _ = until;")],
    ),
    mutant(
        1,
        "Models and indexes as a whole are in no doubt",
        &[edit(
            "wholes-no-doubt",
            "state.in_doubt_until = state.in_doubt_until.max(in_doubt_until);",
            "",
        )],
    ),
    mutant(
        1,
        "A key's doubt is forgotten when another begins",
        &[
            edit("doubt-forgotten", "if keys.doubts.len() >= keys.sweep_at {", "if true {"),
            edit(
                "doubt-forgotten-2",
                "self.doubts.retain(|_, until| *until > now);",
                "self.doubts.clear();",
            ),
        ],
    ),
    mutant(
        1,
        "A late dependency is in no doubt",
        &[edit(
            "late-dependency-no-doubt",
            "doubt::now_if_any() } else { self.begun }",
            "doubt::now_if_any() } else { None }",
        )],
    ),
    mutant(
        1,
        "A doubt counts from when it is learned of, not from the begin of the body",
        &[edit(
            "doubt-counted-late",
            "if let Some(deadline) = doubt::deadline(begun, until) {",
            "let _ = begun; if let Some(deadline) = doubt::deadline(Instant::now(), until) {",
        )],
    ),
    mutant(
        1,
        "A computation in doubt is for any caller",
        &[
            edit("doubtful-flight-joined", "&& found.deadline().is_given_now()", ""),
            edit(
                "doubtful-flight-joined-2",
                "let given = self.deadline().is_none_or(|deadline| deadline.is_given_at(joined));",
                "let given = { let _ = joined; true };",
            ),
        ],
    ),
    mutant(
        5,
        "The caller of a function in doubt is in none",
        &[edit("doubt-not-inherited", "found.inherit(*deadline);", "let _ = deadline;")],
    ),
    mutant(
        1,
        "A key is put in doubt after its generation has ended",
        &[
            edit(
                "doubt-after-end",
                "if let Some(until) = in_doubt_until { self.doubts.add(hash, until); }",
                "",
            ),
            edit(
                "doubt-after-end-2",
                "let ended = self.table().end_live(key, hash, timestamp);",
                "let ended = self.table().end_live(key, hash, timestamp); if let Some(until) = in_doubt_until { \
             self.doubts.add(hash, until); }",
            ),
        ],
    ),
    mutant(
        1,
        "It is noted that there are doubts after the first invalidation of one",
        &[
            edit(
                "doubt-noted-late",
                "LAST.fetch_max(nanos(until), Ordering::SeqCst); Self { timestamp: Timestamp::next(), \
             in_doubt_until: Some(until) }",
                "let timestamp = Timestamp::next(); LAST.fetch_max(nanos(until), Ordering::SeqCst); Self { \
             timestamp, in_doubt_until: Some(until) }",
            ),
            edit(
                "doubt-noted-late-2",
                "self.since = Timestamp::now(); self.begun = \
             doubt::now_if_any();",
                "self.begun = doubt::now_if_any(); self.since = Timestamp::now();",
            ),
        ],
    ),
    mutant(
        6,
        "A transaction forgets that a part of it was left in the middle",
        &[edit(
            "transaction-forgets-unfinished",
            "self.doubted.store(true, Ordering::SeqCst);",
            "",
        )],
    ),
    mutant(
        6,
        "An inner transaction keeps its doubt to itself",
        &[edit("inner-doubt-kept", "parent.doubt();", "let _ = parent;")],
    ),
    mutant(
        6,
        "A commit that is left in the middle leaves no doubt",
        &[edit(
            "commit-left-no-doubt",
            "poll_fn(|task| committing.body.poll(commit.as_mut(), task)).await",
            "drop(committing); poll_fn(|task| commit.as_mut().poll(task)).await",
        )],
    ),
    mutant(
        1,
        "A dropped future does not go on",
        &[edit(
            "dropped-does-not-finish",
            "Some(runtime) => (self.alone)(future, &runtime),",
            "Some(_) => refuse(future),",
        )],
    ),
];
