//! How a server that does not answer costs only the first requests their budget.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The first pause after a failure; each further one doubles it.
const FIRST: Duration = Duration::from_millis(100);

/// How often the pause doubles: 6.4 s is the longest.
const DOUBLINGS: u32 = 6;

/// After a failure nobody asks for a while. Then one request tries, and the others go on without.
#[derive(Debug)]
pub(super) struct Breaker {
    begun: Instant,
    /// When the next request may try, in microseconds since `begun`; 0: at once.
    closed_until: AtomicU64,
    failures: AtomicU32,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), closed_until: AtomicU64::new(0), failures: AtomicU32::new(0) }
    }

    /// Whether a request may go to the server now. While it has failed, one request after each pause may.
    pub(super) fn may_ask(&self) -> bool {
        let until = self.closed_until.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let now = self.now();
        // Of those that come at the end of a pause, one begins the next.
        let next = now + micros(self.pause());
        until <= now
            && self
                .closed_until
                .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    pub(super) fn succeeded(&self) {
        if self.closed_until.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.closed_until.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.closed_until.store(self.now() + micros(self.pause()), Ordering::Relaxed);
    }

    fn pause(&self) -> Duration {
        FIRST * (1 << self.failures.load(Ordering::Relaxed).saturating_sub(1).min(DOUBLINGS))
    }

    /// Never 0.
    fn now(&self) -> u64 {
        micros(self.begun.elapsed()).max(1)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Breaker;

    #[test]
    fn after_a_failure_one_request_tries() {
        let breaker = Breaker::new();
        assert!(breaker.may_ask() && breaker.may_ask());
        breaker.failed();
        assert!(!breaker.may_ask());
        // The pause is over.
        breaker.closed_until.store(1, super::Ordering::Relaxed);
        assert!(breaker.may_ask() && !breaker.may_ask());
        breaker.succeeded();
        assert!(breaker.may_ask() && breaker.may_ask());
    }
}
