//! Until when a value may be used.

use std::time::Instant;

/// Until when a value may be kept, and until when it may be given to those who call meanwhile.
///
/// A `ttl` limits how long a value is kept, counted from its end: every waiter gets it. A doubt limits
/// the data that was read, so it also limits the callers while the computation is under way: a computation that takes
/// longer than its deadline does not serve a call that begins after that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline {
    /// The earliest of all.
    kept: Option<Instant>,
    /// The earliest that comes of a doubt: never before `kept`.
    given: Option<Instant>,
}

impl Deadline {
    /// The value may be kept until `moment` at most.
    pub(crate) fn keep_until(&mut self, moment: Option<Instant>) {
        self.kept = earlier(self.kept, moment);
    }

    /// A dependency of the value was in doubt, so no call that begins after `moment` may have it.
    pub(crate) fn give_until(&mut self, moment: Instant) {
        self.given = earlier(self.given, Some(moment));
        self.keep_until(self.given);
    }

    /// The value was made of another, which has this deadline.
    #[inline]
    pub(crate) fn inherit(&mut self, inner: Self) {
        // A doubt limits both, so where nothing limits it no doubt does.
        if inner.kept.is_none() {
            return;
        }
        self.keep_until(inner.kept);
        self.given = earlier(self.given, inner.given);
    }

    /// Whether anything was in doubt.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.given.is_some()
    }

    /// Until when the value may be kept.
    pub(crate) fn kept(&self) -> Option<Instant> {
        self.kept
    }

    /// Whether someone who calls at `moment` may have the value.
    pub(crate) fn is_given_at(&self, moment: Instant) -> bool {
        self.given.is_none_or(|until| moment < until)
    }

    /// Whether someone who calls now may have the value. Looks at no clock where there was no doubt.
    pub(crate) fn is_given_now(&self) -> bool {
        self.given.is_none() || self.is_given_at(Instant::now())
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::Deadline;
    use std::time::{Duration, Instant};

    #[test]
    fn time_alone_keeps_nobody_from_waiting() {
        let begun = Instant::now();
        let mut deadline = Deadline::default();
        deadline.keep_until(Some(begun));
        assert_eq!(deadline.kept(), Some(begun));
        assert!(deadline.is_given_now(), "a `ttl` counts from the end of a computation");
    }

    #[test]
    fn what_was_in_doubt_is_for_those_who_called_before_its_deadline() {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(1);
        let mut inner = Deadline::default();
        inner.give_until(until);
        let mut deadline = Deadline::default();
        deadline.keep_until(Some(until + Duration::from_secs(1)));
        deadline.inherit(inner);
        assert_eq!(deadline.kept(), Some(until), "it is not kept for longer either");
        assert!(deadline.is_given_at(begun));
        assert!(!deadline.is_given_at(until));
    }
}
