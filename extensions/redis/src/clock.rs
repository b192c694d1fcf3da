//! The moment that the lease goes by.

use std::time::Duration;

/// How long ago some fixed moment was. It goes on while the machine is suspended: a lease must not outlive a closed lid.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// How long ago some fixed moment was. What a suspended machine makes of it is up to the system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Duration {
    use std::{sync::LazyLock, time::Instant};
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_never_goes_back() {
        let before = super::now();
        assert!(super::now() >= before);
    }
}
