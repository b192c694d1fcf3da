//! Flights: who may join, what a waiter takes, and that nobody is forgotten.

use super::{edit, mutant};
use crate::mutant::Mutant;

const CALL: &str = "gcache-runtime/src/call.rs";
const FLIGHT: &str = "gcache-runtime/src/flights/flight.rs";
const LEAD: &str = "gcache-runtime/src/flights/leader.rs";
const SEATS: &str = "gcache-runtime/src/flights/waiters.rs";
const SYNC: &str = "gcache-runtime/src/sync.rs";
const WAITS: &str = "gcache-runtime/src/flights/wait_graph.rs";

/// Whether a flight may be joined.
const JOINABLE: &str =
    "        led && self.frame.is_alive() || reliefs.iter().any(|relief| relief.is_alive())";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "any flight of the key is joined, and its value taken",
        &[
            edit(FLIGHT, JOINABLE, "        led || !reliefs.is_empty()"),
            edit(
                FLIGHT,
                "        recent && given && (!self.outdated || called <= self.since)",
                "        let _ = recent;
        given",
            ),
        ],
    ),
    mutant(
        1,
        "a doomed flight is waited for",
        &[edit(FLIGHT, JOINABLE, "        led || !reliefs.is_empty()")],
    ),
    mutant(
        1,
        "a waiter takes what was bumped before it called",
        &[edit(
            FLIGHT,
            "        recent && given && (!self.outdated || called <= self.since)",
            "        let _ = recent;
        given",
        )],
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
            edit(
                LEAD,
                "        self.give(Landed { entry: Arc::clone(&entry), outdated, since }, first);\n",
                "",
            ),
            edit(
                LEAD,
                "        // Published before the flight ends",
                "        self.give(Landed { entry: Arc::clone(&entry), outdated, since }, first);
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
            "            if part.flight.lose(&self.frame, loss, part.claimed) {",
            "            if loss == Loss::Cancelled || loss == Loss::Failed {",
        )],
    ),
    mutant(
        4,
        "a waiter looks whether the flight is over before it listens",
        &[edit(
            FLIGHT,
            "        self.seats.listen(self.number, waker);
        // Looked at after listening: an end in between would never be heard of.
        self.arrival().is_some()",
            "        let over = self.arrival().is_some();
        self.seats.listen(self.number, waker);
        over",
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
            "        let before = self.taken.lock().wakers.insert(number, Some(waker));",
            "        let mut taken = self.taken.lock();
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
            "        while !*woken && until",
            "        let mut slept = false;
        while (!std::mem::replace(&mut slept, true) || !*woken) && until",
        )],
    ),
    mutant(
        4,
        "a wait that closes a circle is begun",
        &[edit(WAITS, "            return None;\n", "")],
    ),
    mutant(
        4,
        "all who wait compute when their patience is over",
        &[edit(
            SEATS,
            "            taken.due = self.patience.over(now);
        }
        claimed",
            "        }
        claimed",
        )],
    ),
    mutant(
        4,
        "the loss of a leader ends the flight that a relief goes on with",
        &[edit(
            FLIGHT,
            "        state.over |= state.is_deserted();",
            "        state.over |= !state.led;",
        )],
    ),
    mutant(
        4,
        "the loss of a relief ends the flight of its leader",
        &[edit(
            FLIGHT,
            "        state.over |= state.is_deserted();",
            "        state.over |= state.is_deserted() || !Arc::ptr_eq(&self.frame, body);",
        )],
    ),
    mutant(
        4,
        "a leader replaces what its relief has stored",
        &[edit(LEAD, "let first = current && self.claim();", "let first = current;")],
    ),
    mutant(
        1,
        "what a leader brings counts as begun when its relief did",
        &[edit(
            FLIGHT,
            "        let (mut put, mut before) = (Some(landed), None);",
            "        let since = state.reliefs.iter().map(|relief| relief.since()).max();
        let landed = Landed { since: since.unwrap_or(landed.since), ..landed };
        let (mut put, mut before) = (Some(landed), None);",
        )],
    ),
    mutant(
        7,
        "a flight keeps a value for which nobody waits",
        &[edit(FLIGHT, "is_some_and(|seats| seats.is_any_taken())", "is_some()")],
    ),
    mutant(
        4,
        "a body that has ended counts as one that computes",
        &[edit(FLIGHT, "            self.led = false;", "")],
    ),
    mutant(
        4,
        "a thread that waits does not look at its patience",
        &[edit(FLIGHT, "sleeper.sleep(self.seats.due());", "sleeper.sleep(None);")],
    ),
    mutant(
        4,
        "a task that waits is not woken when its patience is over",
        &[edit(
            FLIGHT,
            "        self.seats.set_alarm();
        Poll::Pending",
            "        Poll::Pending",
        )],
    ),
    mutant(
        4,
        "the next alarm is not set once one has rung",
        &[edit(
            SEATS,
            "Some(due) if set != Some(due) => due,",
            "Some(due) if set.is_none() => due,",
        )],
    ),
    mutant(
        4,
        "who waits for a flight is not known to wait for its relief",
        &[edit(
            WAITS,
            "vec![address(first)], address(relief))",
            "vec![address(relief)], address(first))",
        )],
    ),
];
