//! Links: what processes hear of each other, and when they trust it.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        10,
        "Others are told before the groups end here",
        &[edit(
            "told-before-end",
            "let ended = now(self.at); if links::is_any_told() { self.told.extend(named()); }",
            "if links::is_any_told() { links::publish(named().into_iter().collect()); } \
             let ended = now(self.at);",
        )],
    ),
    mutant(
        10,
        "A commit is told before its groups have ended here",
        &[edit(
            "commit-told-early",
            "let done = catch_unwind(AssertUnwindSafe(|| self.apply(at)));",
            "if links::is_any_told() { links::publish(self.named().into_iter().collect()); } \
             let done = catch_unwind(AssertUnwindSafe(|| self.apply(at)));",
        )],
    ),
    mutant(
        10,
        "A key is told by a JSON that names another",
        &[edit("json-of-another-key", "decoded == *key", "true")],
    ),
    mutant(
        10,
        "A key that has other fields elsewhere is taken for one of here",
        &[edit("key-of-other-fields", "again == json || value(&again) == value(json)", "true")],
    ),
    mutant(
        10,
        "What of a model ended elsewhere is not known, and so nothing ends",
        &[edit("unknown-part-ignored", "if !known.unwrap_or(false) {", "if known.is_err() {")],
    ),
    mutant(
        10,
        "A key that panics where others have invalidated it ends nothing",
        &[edit(
            "unknown-part-ignored",
            "if !known.unwrap_or(false) {",
            "if !known.unwrap_or(true) {",
        )],
    ),
    mutant(
        10,
        "A hit finds a lease over and does not end it",
        &[edit("lease-not-ended-by-hit", "distrust(1 << at);", "")],
    ),
    mutant(
        10,
        "A guarded hit is noted as valid",
        &[
            edit("guarded-hit-noted", "epoch.wrapping_sub(1)", "epoch"),
            edit("guarded-hit-noted-2", "&& !guarded", ""),
        ],
    ),
    mutant(
        10,
        "Trust is read before the generations are taken",
        &[
            edit(
                "trust-read-early",
                "let links = self.whole.address.links();",
                "let links = self.whole.address.links() & crate::links::distrusted();",
            ),
            edit(
                "trust-read-early-2",
                "let distrusted = links::distrusted();",
                "let distrusted = self.links;",
            ),
        ],
    ),
    mutant(
        10,
        "Trust is read before the timestamp of the body",
        &[
            edit(
                "doubt-noted-late-2",
                "self.since = Timestamp::now();",
                "let early = links::distrusted();",
            ),
            edit(
                "trust-read-early-2",
                "let distrusted = links::distrusted();",
                "let distrusted = early; self.since = Timestamp::now();",
            ),
        ],
    ),
    mutant(
        10,
        "Distrust is set after all have ended",
        &[edit(
            "distrust-after-end",
            "if trust::distrust(bit) { invalidate_all(bit); }",
            "if trust::distrusted() & bit == 0 { invalidate_all(bit); trust::distrust(bit); }",
        )],
    ),
    mutant(
        10,
        "A value that was computed in distrust is kept",
        &[edit("distrusted-value-kept", "self.limit(distrusted & self.links);", "")],
    ),
    mutant(
        10,
        "A row that others have changed ends what depends on its key, and nothing else",
        &[edit("row-of-others-ends-its-key", "if *group.part() == Part::Row {", "if false {")],
    ),
    mutant(
        10,
        "A late dependency is kept while its link is distrusted",
        &[edit("distrusted-late-dependency-kept", "self.limit(links::distrusted() & links);", "")],
    ),
    mutant(
        10,
        "What others invalidate of a model that is not in use is forgotten",
        &[edit(
            "unused-model-forgets",
            "let invalidated = links::last_invalidated_by_others();",
            "let invalidated = Timestamp::NEVER;",
        )],
    ),
    mutant(
        10,
        "The lease of a link never ends",
        &[edit("no_lease", "self.is_trusted &= !is_over;", "let is_over = false;")],
    ),
    mutant(
        10,
        "The lease counts from the reply, not from the sending",
        &[edit("confirmed_by_reply", "let from = sent;", "let from = now;")],
    ),
    mutant(
        10,
        "A state is taken over, and nothing is invalidated",
        &[edit("no_flush", "self.flush(actions);", "")],
    ),
    mutant(
        10,
        "Everything is invalidated before the subscription, and not after",
        &[
            edit(
                "flush_first",
                "self.heard.listen();",
                "self.flush(actions); self.heard.listen();",
            ),
            edit("flush_first_2", "self.flush(actions);", ""),
        ],
    ),
    mutant(
        10,
        "A gap in the messages is taken over",
        &[edit(
            "gap_ignored",
            "if !self.heard.is_next(&message) {",
            "if !self.heard.is_next(&message) && false {",
        )],
    ),
    mutant(
        10,
        "A gap in the log is taken over",
        &[edit("hole_in_log_ignored", "is_whole = false; break;", "")],
    ),
    mutant(
        10,
        "A fence does not look at the count",
        &[edit("fence_not_compared", "if !self.heard.covers(&incarnation, count) {", "if false {")],
    ),
    mutant(
        10,
        "A fence does not look at the incarnation",
        &[edit(
            "incarnation_ignored_in_fence",
            "*incarnation == self.incarnation && count",
            "count",
        )],
    ),
    mutant(
        10,
        "A message of another incarnation is the next one",
        &[edit("incarnation_ignored_in_message", "message.incarnation == self.incarnation &&", "")],
    ),
    mutant(
        10,
        "A session with another incarnation goes on",
        &[edit("incarnation_ignored", "|| *incarnation != self.incarnation", "")],
    ),
    mutant(
        10,
        "A session with another server goes on",
        &[edit(
            "run_id_ignored",
            "let same_server = server.is_some() && server == self.server.as_ref();",
            "let same_server = true;",
        )],
    ),
    mutant(
        10,
        "A replica that takes over gives the same numbers again",
        &[edit("server_not_told", "server: self.server.clone()", "server: None")],
    ),
    mutant(
        10,
        "Whoever asks while a fence is under way is answered by it",
        &[edit(
            "fence_joined_late",
            "self.sent.drain(..)",
            "self.sent.drain(..).chain(self.fences.drain(..))",
        )],
    ),
    mutant(
        10,
        "A message is reached before its groups are invalidated",
        &[edit(
            "reached_first",
            "actions.push(Action::Reached(self.heard.position()));",
            "actions.insert(0, Action::Reached(self.heard.position()));",
        )],
    ),
    mutant(
        10,
        "Another thread than that of the replies invalidates what a message names",
        &[
            edit(
                "invalidated_by_another_thread",
                "shared.step(Event::Message { session, message });",
                "let mut message = message; \
                 let body = message.as_mut().map(|it| std::mem::replace(&mut it.body, \"[]\".into())); \
                 std::thread::spawn(move || shared.invalidate(&body.unwrap_or_default())); \
                 shared.step(Event::Message { session, message });",
            ),
            edit(
                "invalidated_by_another_thread_2",
                "fn invalidate(&self, body: &str) {",
                "pub(crate) fn invalidate(&self, body: &str) {",
            ),
        ],
    ),
    mutant(
        10,
        "A message of another process is taken for an own one",
        &[edit(
            "echo_by_another",
            "if message.origin != self.settings.origin {",
            "if message.origin.len() != self.settings.origin.len() {",
        )],
    ),
    mutant(
        10,
        "What could not be told is forgotten",
        &[edit("journal_dropped", "self.put_first(batch.entries);", "drop(batch.entries);")],
    ),
    mutant(
        10,
        "What a server has acknowledged is not told to the next one",
        &[edit("acknowledged_not_kept", "self.journal.tell_again(now);", "")],
    ),
    mutant(
        10,
        "A link of tables does not cover a group with a table",
        &[edit("table-not-covered", "(true, true) => u8::MAX,", "(true, true) => COVERS_ALL,")],
    ),
];
