//! Invalidations that are told a second time, for bodies that read from a replica of the database that lags behind.

use super::journal::MOST;
use crate::message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Groups with the moment of their second telling, in the order of the moments.
#[derive(Debug)]
pub(super) struct Settling {
    lag: Duration,
    groups: VecDeque<(Duration, Arc<str>)>,
}

impl Settling {
    pub(super) fn new(lag: Duration) -> Self {
        Self { lag, groups: VecDeque::new() }
    }

    /// Notes groups that were invalidated now. Too many become everything, at the last of their moments.
    pub(super) fn push(&mut self, groups: &[Arc<str>], now: Duration) {
        let due = now + self.lag;
        if self.groups.len() + groups.len() > MOST {
            self.groups = VecDeque::from([(due, message::ALL.into())]);
            return;
        }
        self.groups.extend(groups.iter().map(|group| (due, Arc::clone(group))));
    }

    /// The groups whose moment has come.
    pub(super) fn take(&mut self, now: Duration) -> Vec<Arc<str>> {
        let due = self.groups.partition_point(|(due, _)| *due <= now);
        self.groups.drain(..due).map(|(_, group)| group).collect()
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.groups.front().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn groups_come_again_after_the_lag() {
        let mut settling = Settling::new(2 * S);
        settling.push(&[Arc::from("a")], S);
        settling.push(&[Arc::from("b")], 2 * S);
        assert_eq!(settling.next(), Some(3 * S));
        assert!(settling.take(2 * S).is_empty());
        assert_eq!(settling.take(3 * S), [Arc::from("a")]);
        assert_eq!(settling.take(9 * S), [Arc::from("b")]);
        assert_eq!(settling.next(), None);
    }

    #[test]
    fn of_too_many_everything_comes_again() {
        let mut settling = Settling::new(S);
        let groups = vec![Arc::from("a"); MOST];
        settling.push(&groups, S);
        settling.push(&groups[..1], 2 * S);
        assert!(settling.take(2 * S).is_empty());
        assert_eq!(settling.take(3 * S), [Arc::from(message::ALL)]);
    }
}
