//! Flights: who may join, what a waiter takes, and that nobody is forgotten.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "Any flight of the key is joined, and its value taken",
        &[
            edit(
                "any-flight-joined",
                "led && self.is_alive() || reliefs.iter().any(|relief| relief.is_alive())",
                "led || !reliefs.is_empty()",
            ),
            edit(
                "any-flight-joined-2",
                "given && self.dependencies.lived_at(called)",
                "let _ = called; given",
            ),
            edit(
                "any-flight-joined-3",
                "valid && (!self.outdated || called <= self.since)",
                "valid",
            ),
        ],
    ),
    mutant(
        1,
        "A doomed flight is waited for",
        &[edit(
            "doomed-flight-joined",
            "led && self.is_alive() || reliefs.iter().any(|relief| relief.is_alive())",
            "led || !reliefs.is_empty()",
        )],
    ),
    mutant(
        1,
        "A waiter takes a value that was invalidated before it called",
        &[
            edit(
                "waiter-takes-too-old",
                "given && self.dependencies.lived_at(called)",
                "let _ = called; given",
            ),
            edit(
                "waiter-takes-too-old-2",
                "valid && (!self.outdated || called <= self.since)",
                "valid",
            ),
        ],
    ),
    mutant(
        1,
        "A value that depends on no group is stored, where all were to be found",
        &[edit(
            "groupless-value-stored",
            "let groupless = memo.config.found && !dependencies.has_group();",
            "let groupless = false;",
        )],
    ),
    mutant(
        1,
        "A value that was found outdated is stored",
        &[edit(
            "outdated-value-stored",
            "let valid = !outdated && dependencies",
            "let valid = dependencies",
        )],
    ),
    mutant(
        4,
        "A flight ends before its value is inserted",
        &[
            edit(
                "flight-ends-before-insert",
                "self.hand_over(Completed { entry: entry.clone(), outdated, since }, self.won);",
                "",
            ),
            edit(
                "flight-ends-before-insert-2",
                "match self.vacant {",
                "self.hand_over(Completed { entry: entry.clone(), outdated, since }, self.won); \
                 match self.vacant {",
            ),
        ],
    ),
    mutant(
        4,
        "A leader does not look up once more before it computes",
        &[edit(
            "leader-does-not-look-again",
            "match self.memo.get_again(vacant, key) {",
            "let _ = key; match None::<Arc<Entry<K, V>>> {",
        )],
    ),
    mutant(
        4,
        "A leader that is lost tells nobody",
        &[edit(
            "lost-leader-silent",
            "if flight.abandon(&self.frame, failed, self.won) {",
            "let _ = failed; if true {",
        )],
    ),
    mutant(
        4,
        "A waiter looks whether the flight is over before it registers its waker",
        &[edit(
            "waiter-looks-before-registering",
            "self.flight.set_waker(self.number, waker); self.flight.outcome(self.called, \
             self.joined).is_some()",
            "let over = self.flight.outcome(self.called, self.joined).is_some(); \
             self.flight.set_waker(self.number, waker); over",
        )],
    ),
    mutant(
        4,
        "The end of a flight wakes one waiter",
        &[edit(
            "one-waiter-woken",
            ".filter_map(Option::take).collect();",
            ".filter_map(Option::take).take(1).collect();",
        )],
    ),
    mutant(
        4,
        "The end of a flight wakes the first task that polled a waiter, not the last",
        &[edit(
            "first-waker-kept",
            "let before = waiters.wakers.insert(number, Some(waker));",
            "let place = waiters.wakers.get_mut(&number); let before = place.filter(|place| \
             place.is_none()).map(|place| place.replace(waker));",
        )],
    ),
    mutant(
        4,
        "A thread sleeps without a look whether it was woken",
        &[edit(
            "thread-sleeps-unchecked",
            "while !*woken && until",
            "let mut slept = false; while (!std::mem::replace(&mut slept, true) || !*woken) \
             && until",
        )],
    ),
    mutant(
        4,
        "A wait that closes a circle is begun",
        &[edit("circle-waited-for", "return None;", "")],
    ),
    mutant(
        4,
        "All waiters compute when their patience is over",
        &[edit("all-waiters-relieve", "self.due = patience.over(now); } may", "} may")],
    ),
    mutant(
        4,
        "The loss of a leader ends the flight that a relief goes on with",
        &[edit("leader-loss-ends-relief", "if state.is_deserted() {", "if !state.led {")],
    ),
    mutant(
        4,
        "The loss of a relief ends the flight of its leader",
        &[edit(
            "relief-loss-ends-leader",
            "if state.is_deserted() {",
            "if state.is_deserted() || self.address() != body.address() {",
        )],
    ),
    mutant(
        4,
        "A leader replaces the value that its relief has stored",
        &[edit(
            "leader-replaces-relief",
            "let wins = valid && self.win();",
            "let wins = valid && (self.win() || true);",
        )],
    ),
    mutant(
        1,
        "The value of a leader counts as begun when its relief began",
        &[edit(
            "leader-begun-with-relief",
            "put = Some(value);",
            "let since = state.reliefs.iter().map(|relief| relief.since()).max(); put = \
             Some(Completed { since: since.unwrap_or(value.since), ..value });",
        )],
    ),
    mutant(
        7,
        "A flight keeps a value for which nobody waits",
        &[edit(
            "unawaited-value-kept",
            "take_if(|waiters| waiters.wakers.is_empty())",
            "take_if(|waiters| waiters.wakers.is_empty() && false)",
        )],
    ),
    mutant(
        4,
        "A body that has ended counts as one that computes",
        &[edit("ended-body-computes", "state.led = false;", "")],
    ),
    mutant(
        4,
        "A thread that waits does not look at its patience",
        &[edit(
            "thread-patience-ignored",
            "sleeper.sleep(self.flight.due());",
            "sleeper.sleep(None);",
        )],
    ),
    mutant(
        4,
        "A task that waits is not woken when its patience is over",
        &[edit("task-patience-ignored", "self.flight.set_alarm(); Poll::Pending", "Poll::Pending")],
    ),
    mutant(
        4,
        "The next alarm is not set once one has rung",
        &[edit(
            "alarm-not-rearmed",
            "Some(due) if set != Some(due) => due,",
            "Some(due) if set.is_none() => due,",
        )],
    ),
    mutant(
        4,
        "A waiter of a flight is not known to wait for its relief",
        &[edit(
            "relief-wait-unknown",
            "vec![leader.address()], relief.address())",
            "vec![relief.address()], leader.address())",
        )],
    ),
];
