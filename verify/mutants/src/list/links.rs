//! Links: what processes hear of each other, and when they trust it.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
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
];
