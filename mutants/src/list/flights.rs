//! Flights: who may join, what a waiter takes, and that nobody is forgotten.

use super::{edit, mutant};
use crate::mutant::Mutant;

const CALL: &str = "gcache-runtime/src/call.rs";
const FLIGHT: &str = "gcache-runtime/src/flight.rs";
const LEAD: &str = "gcache-runtime/src/lead.rs";
const SEATS: &str = "gcache-runtime/src/seats.rs";
const SYNC: &str = "gcache-runtime/src/sync.rs";
const WAITS: &str = "gcache-runtime/src/waits.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "any flight of the key is joined, and its value taken",
        &[
            edit(FLIGHT, "        self.frame.is_alive()", "        true"),
            edit(FLIGHT, "let recent = entry", "let recent = true || entry"),
        ],
    ),
    mutant(
        1,
        "a doomed flight is waited for",
        &[edit(FLIGHT, "        self.frame.is_alive()", "        true")],
    ),
    mutant(
        1,
        "a waiter takes what was bumped before it called",
        &[edit(FLIGHT, "let recent = entry", "let recent = true || entry")],
    ),
    mutant(
        1,
        "what was found outdated is stored",
        &[edit(LEAD, "let current = !outdated && dependencies", "let current = dependencies")],
    ),
    mutant(
        4,
        "a flight ends before its value is published",
        &[
            edit(LEAD, "        self.hand_over(&entry, outdated);\n", ""),
            edit(
                LEAD,
                "        // Published before the flight ends",
                "        self.hand_over(&entry, outdated);
        // Published before the flight ends",
            ),
        ],
    ),
    mutant(
        4,
        "a leader does not look once more before it computes",
        &[edit(
            CALL,
            "        match self.memo.read(self.hash, |key| *key == self.key, |entry| Some(Arc::clone(entry))) {",
            "        match None::<Arc<Entry<K, S::Stored>>> {",
        )],
    ),
    mutant(
        4,
        "a leader that is lost tells nobody",
        &[edit(
            LEAD,
            "            flight.lose(if failed { Loss::Failed } else { Loss::Cancelled });",
            "            let _ = if failed { Loss::Failed } else { Loss::Cancelled };",
        )],
    ),
    mutant(
        4,
        "a waiter looks whether the flight is over before it listens",
        &[edit(
            FLIGHT,
            "        self.flight.seats.listen(self.number, task.waker());
        // Looked at after listening: an end in between would never be heard of.
        if self.flight.is_over()",
            "        let over = self.flight.is_over();
        self.flight.seats.listen(self.number, task.waker());
        if over",
        )],
    ),
    mutant(
        4,
        "the end of a flight wakes one of those who wait",
        &[edit(
            SEATS,
            ".filter_map(Option::take).collect();",
            ".filter_map(Option::take).take(1).collect();",
        )],
    ),
    mutant(
        4,
        "the end of a flight wakes the task that waited first in a seat, not the last",
        &[edit(
            SEATS,
            "        let before = self.0.lock().wakers.insert(number, Some(waker));",
            "        let mut taken = self.0.lock();
        let place = taken.wakers.get_mut(&number);
        let before = place.filter(|place| place.is_none()).and_then(|place| place.replace(waker));
        drop(taken);",
        )],
    ),
    mutant(
        4,
        "a thread sleeps without a look whether it was woken",
        &[edit(
            SYNC,
            "        while !*woken {\n",
            "        let mut slept = false;
        while !slept || !*woken {
            slept = true;\n",
        )],
    ),
    mutant(
        4,
        "a wait that closes a circle is begun",
        &[edit(WAITS, "            return None;\n", "")],
    ),
];
