//! Doubts: what a future that is dropped in the middle leaves, and what becomes of it.

use super::{edit, mutant};
use crate::mutant::Mutant;

const BASIS: &str = "gcache-runtime/src/generations/dependency_set.rs";
const DOUBT: &str = "gcache-runtime/src/generations/doubt.rs";
const FAMILY: &str = "gcache-runtime/src/generations/keyed.rs";
const FINISH: &str = "gcache-runtime/src/finish.rs";
const FLIGHT: &str = "gcache-runtime/src/flights/flight.rs";
const HELD: &str = "gcache-runtime/src/generations/pending.rs";
const SLOT: &str = "gcache-runtime/src/generations/cell.rs";
const TRACKER: &str = "gcache-runtime/src/context.rs";
const TRANSACTION: &str = "gcache-runtime/src/transaction.rs";
const WATCH: &str = "gcache-runtime/src/groups/watch.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "a body that is dropped in the middle leaves no doubt",
        &[edit(WATCH, "        self.waits = polled.is_pending();\n", "")],
    ),
    mutant(
        1,
        "keys are in no doubt",
        &[edit(
            FAMILY,
            "            self.doubts.add(hash, until);\n",
            "            let _ = until;\n",
        )],
    ),
    mutant(
        1,
        "models and indexes as a whole are in no doubt",
        &[edit(SLOT, "        state.doubt = state.doubt.max(doubt);\n", "")],
    ),
    mutant(
        1,
        "a key's doubt is forgotten when another begins",
        &[
            edit(DOUBT, "        if keys.doubts.len() >= keys.sweep_at {", "        if true {"),
            edit(
                DOUBT,
                "        self.doubts.retain(|_, until| *until > now);\n",
                "        self.doubts.clear();\n",
            ),
        ],
    ),
    mutant(
        1,
        "a late dependency is in no doubt",
        &[edit(
            BASIS,
            "doubt::now_if_any() } else { self.begun }",
            "doubt::now_if_any() } else { None }",
        )],
    ),
    mutant(
        1,
        "a doubt counts from when it is learned of, not from the begin of the body",
        &[edit(
            BASIS,
            "        if let Some(deadline) = doubt::deadline(begun, until) {",
            "        let _ = begun;
        if let Some(deadline) = doubt::deadline(Instant::now(), until) {",
        )],
    ),
    mutant(
        1,
        "what is under way in doubt is for whoever calls",
        &[
            edit(TRACKER, " && found.deadline().is_given_now()", ""),
            edit(FLIGHT, "recent && given &&", "(recent || given) && recent &&"),
        ],
    ),
    mutant(
        5,
        "what calls a function in doubt is in none",
        &[edit(TRACKER, "        found.inherit(deadline);\n", "        let _ = deadline;\n")],
    ),
    mutant(
        1,
        "a key is put in doubt after its generation has ended",
        &[
            edit(
                FAMILY,
                "        if let Some(until) = doubt {
            self.doubts.add(hash, until);
        }
",
                "",
            ),
            edit(
                FAMILY,
                "        let ended = self.roll().end(key, hash, tick);\n",
                "        let ended = self.roll().end(key, hash, tick);
        if let Some(until) = doubt {
            self.doubts.add(hash, until);
        }\n",
            ),
        ],
    ),
    mutant(
        1,
        "it is noted that there are doubts after the first bump of one",
        &[
            edit(
                DOUBT,
                "        LAST.fetch_max(nanos(until), Ordering::SeqCst);
        Self { tick: Tick::next(), doubt: Some(until) }",
                "        let tick = Tick::next();
        LAST.fetch_max(nanos(until), Ordering::SeqCst);
        Self { tick, doubt: Some(until) }",
            ),
            edit(
                BASIS,
                "        self.since = Tick::now();
        // After the tick: see `doubt.rs`.
        self.begun = doubt::now_if_any();",
                "        self.begun = doubt::now_if_any();
        self.since = Tick::now();",
            ),
        ],
    ),
    mutant(
        6,
        "a transaction forgets what was left in the middle of it",
        &[edit(HELD, "        self.doubted.store(true, Ordering::SeqCst);\n", "")],
    ),
    mutant(
        6,
        "an inner transaction keeps its doubt to itself",
        &[edit(HELD, "            parent.doubt();\n", "            let _ = parent;\n")],
    ),
    mutant(
        6,
        "a commit that is left in the middle leaves no doubt",
        &[edit(
            TRANSACTION,
            "        poll_fn(|task| committing.body.poll(commit.as_mut(), task)).await",
            "        drop(committing);
        poll_fn(|task| commit.as_mut().poll(task)).await",
        )],
    ),
    mutant(
        1,
        "what is dropped does not go on",
        &[edit(
            FINISH,
            "            Some(runtime) => (self.alone)(future, &runtime),",
            "            Some(_) => refuse(future),",
        )],
    ),
];
