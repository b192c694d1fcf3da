//! What this process has invalidated and others are still to be told.

use crate::message;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// More groups than this are told as one: everything.
pub(super) const MOST: usize = 10_000;

/// A body is closed when it has this many bytes, so that one message is a small part of a second's work.
const BATCH: usize = 256 << 10;

/// How long what was acknowledged is kept: a failover loses what a replica was not told, and no replica that is
/// promoted is further behind.
const KEPT: Duration = Duration::from_secs(60);

/// Invalidations in the order of their tickets, until the server has them, and a while longer.
#[derive(Debug, Default)]
pub(super) struct Journal {
    waiting: VecDeque<Entry>,
    /// The groups of `waiting`: equal ones are told once.
    named: HashSet<Arc<str>>,
    everything: bool,
    newest: u64,
    /// All tickets up to this one are acknowledged.
    told: u64,
    kept: VecDeque<(Duration, Arc<str>)>,
}

/// A group, with the ticket of the first invalidation that named it since it was last taken.
#[derive(Clone, Debug)]
struct Entry {
    ticket: u64,
    group: Arc<str>,
}

/// What one message tells.
#[derive(Debug)]
pub(super) struct Batch {
    entries: Vec<Entry>,
    everything: bool,
    /// With it, all tickets up to this one are told.
    ticket: u64,
}

impl Batch {
    pub(super) fn body(&self) -> String {
        if self.everything {
            return message::EVERYTHING.to_owned();
        }
        message::body(self.entries.iter().map(|entry| &*entry.group))
    }
}

impl Journal {
    /// Notes what was invalidated under a ticket.
    pub(super) fn push(&mut self, ticket: u64, groups: impl IntoIterator<Item = Arc<str>>) {
        self.newest = self.newest.max(ticket);
        for group in groups {
            self.enter(Entry { ticket, group });
        }
    }

    fn enter(&mut self, entry: Entry) {
        // A group of a message that is on its way is not in `named`: the message may have been counted before this
        // invalidation.
        if self.everything || !self.named.insert(Arc::clone(&entry.group)) {
            return;
        }
        self.waiting.push_back(entry);
        if self.waiting.len() > MOST {
            self.collapse();
        }
    }

    fn collapse(&mut self) {
        self.waiting = VecDeque::new();
        self.named = HashSet::new();
        self.everything = true;
    }

    /// Takes what one message can tell, oldest first; `None` if all is told.
    pub(super) fn take(&mut self) -> Option<Batch> {
        if self.everything {
            self.everything = false;
            return Some(Batch { entries: Vec::new(), everything: true, ticket: self.newest });
        }
        let mut batch = Batch { entries: Vec::new(), everything: false, ticket: self.newest };
        let mut bytes = 0;
        while let Some(entry) = self.waiting.pop_front() {
            self.named.remove(&entry.group);
            bytes += entry.group.len() + 1;
            batch.entries.push(entry);
            if bytes > BATCH {
                break;
            }
        }
        if let Some(next) = self.waiting.front() {
            batch.ticket = next.ticket.saturating_sub(1);
        }
        // A ticket without groups is told by nothing.
        (!batch.entries.is_empty() || batch.ticket > self.told).then_some(batch)
    }

    /// The server has a batch.
    pub(super) fn acknowledge(&mut self, batch: Batch, now: Duration) {
        self.told = self.told.max(batch.ticket);
        self.forget(now);
        if batch.everything || self.kept.len() + batch.entries.len() > MOST {
            self.kept.clear();
            self.kept.push_back((now, message::ALL.into()));
        } else {
            self.kept.extend(batch.entries.into_iter().map(|entry| (now, entry.group)));
        }
    }

    /// A batch was not acknowledged: it comes before all that waits, since it is older.
    pub(super) fn fail(&mut self, batch: Batch) {
        // mutant: journal_dropped
        self.put_first(batch.entries);
        if batch.everything {
            self.collapse();
        }
    }

    /// Puts groups to the front, each with its own ticket: a later one of the same group is told with it.
    fn put_first(&mut self, entries: Vec<Entry>) {
        let later = std::mem::take(&mut self.waiting);
        self.named.clear();
        for entry in entries.into_iter().chain(later) {
            self.enter(entry);
        }
    }

    /// The server is another one, which may not have what an earlier one acknowledged.
    pub(super) fn tell_again(&mut self, now: Duration) {
        self.forget(now);
        let kept = std::mem::take(&mut self.kept);
        if kept.iter().any(|(_, group)| **group == *message::ALL) {
            self.collapse();
        }
        self.put_first(kept.into_iter().map(|(_, group)| Entry { ticket: 0, group }).collect());
    }

    fn forget(&mut self, now: Duration) {
        while self.kept.front().is_some_and(|(at, _)| *at + KEPT < now) {
            self.kept.pop_front();
        }
    }

    /// All tickets up to this one are acknowledged.
    pub(super) fn told(&self) -> u64 {
        self.told
    }

    pub(super) fn has_work(&self) -> bool {
        self.everything || !self.waiting.is_empty() || self.newest > self.told
    }

    /// How many groups wait to be told; `None`: everything.
    pub(super) fn waiting(&self) -> Option<usize> {
        (!self.everything).then_some(self.waiting.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn push(journal: &mut Journal, ticket: u64, groups: &[&str]) {
        journal.push(ticket, groups.iter().map(|group| Arc::from(*group)));
    }

    fn told(journal: &mut Journal) -> Option<(String, u64)> {
        let batch = journal.take()?;
        let said = (batch.body(), batch.ticket);
        journal.acknowledge(batch, NOW);
        Some(said)
    }

    #[test]
    fn equal_groups_are_told_once_and_again_when_one_is_on_its_way() {
        let mut journal = Journal::default();
        push(&mut journal, 1, &["a", "b"]);
        push(&mut journal, 2, &["a"]);
        let batch = journal.take().unwrap();
        assert_eq!((&*batch.body(), batch.ticket), ("[a,b]", 2));
        push(&mut journal, 3, &["a"]);
        assert_eq!(journal.told(), 0);
        journal.acknowledge(batch, NOW);
        assert_eq!(journal.told(), 2);
        assert_eq!(told(&mut journal), Some(("[a]".into(), 3)));
        assert_eq!(told(&mut journal), None);
    }

    #[test]
    fn what_failed_comes_first_with_its_ticket() {
        let mut journal = Journal::default();
        push(&mut journal, 1, &["a", "b"]);
        let batch = journal.take().unwrap();
        push(&mut journal, 2, &["c", "a"]);
        journal.fail(batch);
        assert_eq!(told(&mut journal), Some(("[a,b,c]".into(), 2)));
    }

    #[test]
    fn too_many_groups_are_told_as_everything() {
        let mut journal = Journal::default();
        for ticket in 1..=1_000_000 {
            push(&mut journal, ticket, &[&ticket.to_string()]);
        }
        assert_eq!(journal.waiting(), None);
        assert!(journal.waiting.is_empty() && journal.named.is_empty());
        assert_eq!(told(&mut journal), Some((message::EVERYTHING.into(), 1_000_000)));
        assert!(!journal.has_work());
    }

    #[test]
    fn a_failed_everything_stays_everything() {
        let mut journal = Journal::default();
        journal.collapse();
        let batch = journal.take().unwrap();
        push(&mut journal, 1, &["a"]);
        journal.fail(batch);
        assert_eq!(told(&mut journal), Some((message::EVERYTHING.into(), 1)));
    }

    #[test]
    fn a_part_tells_no_ticket_whose_groups_still_wait() {
        let mut journal = Journal::default();
        let long = "x".repeat(BATCH);
        push(&mut journal, 1, &["a"]);
        push(&mut journal, 2, &[&long, "b"]);
        let first = journal.take().unwrap();
        assert_eq!((first.entries.len(), first.ticket), (2, 1));
        journal.acknowledge(first, NOW);
        assert_eq!(journal.told(), 1);
        assert_eq!(told(&mut journal), Some(("[b]".into(), 2)));
    }

    #[test]
    fn another_server_is_told_what_was_acknowledged_in_the_last_minute() {
        let mut journal = Journal::default();
        push(&mut journal, 1, &["old"]);
        let batch = journal.take().unwrap();
        journal.acknowledge(batch, Duration::from_secs(1));
        push(&mut journal, 2, &["a"]);
        told(&mut journal);
        push(&mut journal, 3, &["b"]);
        journal.tell_again(NOW);
        assert_eq!(told(&mut journal), Some(("[a,b]".into(), 3)));
    }

    #[test]
    fn of_very_much_everything_is_told_again() {
        let mut journal = Journal::default();
        for ticket in 1..=MOST as u64 + 1 {
            push(&mut journal, ticket, &[&ticket.to_string()]);
            told(&mut journal);
        }
        assert!(journal.kept.len() <= MOST);
        journal.tell_again(NOW);
        assert_eq!(journal.take().unwrap().body(), message::EVERYTHING);
    }
}
