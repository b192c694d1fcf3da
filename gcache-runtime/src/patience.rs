//! Patience: how long a call waits for another's computation.

use std::time::{Duration, Instant};

/// How long a call waits for another call's computation, before one of those who wait computes beside it.
///
/// Ten seconds, unless said otherwise. A patience of zero waits for nobody: each call computes, and the
/// first value is stored.
///
/// ```
/// use gcache::{Cached, Config, Patience};
/// use std::time::Duration;
///
/// let short = Config::new().patience(Duration::from_millis(500));
/// let pages: Cached<u64, String> = Cached::with("docs::patience", short);
///
/// // As long as it takes: nothing but the leader's end ends a wait.
/// let endless = Config::new().patience(Patience::OFF);
/// let reports: Cached<u64, String> = Cached::with("docs::no_patience", endless);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(Option<Duration>);

impl Patience {
    /// A wait has no end of its own.
    pub const OFF: Self = Self(None);

    /// When the patience of someone is over who waits from `begin` on; `None` if that is never.
    pub(crate) fn over(self, begin: Instant) -> Option<Instant> {
        self.0.and_then(|patience| begin.checked_add(patience))
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self(Some(Duration::from_secs(10)))
    }
}

impl From<Duration> for Patience {
    fn from(patience: Duration) -> Self {
        Self(Some(patience))
    }
}
