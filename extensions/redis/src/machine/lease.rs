//! How long generations are trusted after a fence.

use std::time::Duration;

/// Trusts a link until nine tenths of its bound after the last good fence was *sent*. The rest is for the thread that
/// ends the trust.
///
/// It stands beside the machine, under a lock of its own: the thread that ends the lease never waits for a connection.
#[derive(Debug)]
pub struct Lease {
    length: Duration,
    ends: Duration,
    is_trusted: bool,
}

impl Lease {
    /// A lease that has not begun.
    pub fn new(bound: Duration) -> Self {
        Self { length: bound * 9 / 10, ends: Duration::ZERO, is_trusted: false }
    }

    /// A fence sent at `sent` came back good. Whether the link is to be trusted from now on.
    ///
    /// *The link is trusted under the lock of this lease*, or the other thread could end the lease in between, and the
    /// trust that follows would never end.
    #[must_use]
    pub fn confirm(&mut self, sent: Duration, now: Duration) -> bool {
        self.ends = self.ends.max(sent + self.length);
        // A reply that took longer than the lease says nothing of now.
        self.is_trusted |= now < self.ends;
        self.is_trusted
    }

    /// Whether the lease is over just now. If so the link is distrusted, *then* all is invalidated: a computation that
    /// still found trust has taken generations that end.
    #[must_use]
    pub fn is_over(&mut self, now: Duration) -> bool {
        let is_over = self.is_trusted && now >= self.ends;
        // mutant: no_lease
        self.is_trusted &= !is_over;
        is_over
    }

    /// When the lease ends, if the link is trusted.
    pub fn ends(&self) -> Option<Duration> {
        self.is_trusted.then_some(self.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_lease_counts_from_the_sending() {
        let mut lease = Lease::new(1000 * MS);
        assert_eq!(lease.ends(), None);
        assert!(lease.confirm(100 * MS, 300 * MS));
        assert_eq!(lease.ends(), Some(1000 * MS));
        assert!(!lease.is_over(999 * MS));
        assert!(lease.is_over(1000 * MS));
        assert!(!lease.is_over(1001 * MS), "it ends once");
    }

    #[test]
    fn a_reply_that_took_the_whole_lease_gives_none() {
        let mut lease = Lease::new(1000 * MS);
        assert!(!lease.confirm(100 * MS, 1000 * MS));
        assert_eq!(lease.ends(), None);
    }

    #[test]
    fn an_older_fence_takes_nothing_away() {
        let mut lease = Lease::new(1000 * MS);
        assert!(lease.confirm(500 * MS, 600 * MS));
        assert!(lease.confirm(400 * MS, 700 * MS));
        assert_eq!(lease.ends(), Some(1400 * MS));
    }
}
