//! A stream of invalidations of groups that no contestant depends on, beside the measuring.

use crate::peers::ours;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `measured` while another thread invalidates so many groups a second, as nearly as it can; returns what it
/// attained, too.
pub(super) fn beside<R>(invalidations_a_second: u64, measured: impl FnOnce() -> R) -> (R, f64) {
    if invalidations_a_second == 0 {
        return (measured(), 0.0);
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stream = scope.spawn(|| invalidate_until(&stop, invalidations_a_second));
        let result = measured();
        stop.store(true, Ordering::Relaxed);
        (result, stream.join().expect("invalidations do not panic"))
    })
}

/// How far behind a stream may be.
const BURST: Duration = Duration::from_millis(1);

/// Invalidations at an even pace, and returns the pace.
fn invalidate_until(stop: &AtomicBool, invalidations_a_second: u64) -> f64 {
    let begin = Instant::now();
    let interval = Duration::from_secs(1).div_f64(per_second(invalidations_a_second));
    let mut due = begin;
    let mut invalidations = 0;
    while !stop.load(Ordering::Relaxed) {
        let now = Instant::now();
        if now < due {
            // A wait that can sleep, sleeps: the other core is the contestants'.
            if due - now > Duration::from_micros(200) {
                thread::sleep(due - now);
            }
            continue;
        }
        ours::invalidate_another(invalidations);
        invalidations += 1;
        // What was missed is made up for, but not in a long burst.
        due = (due + interval).max(now.checked_sub(BURST).unwrap_or(now));
    }
    per_second(invalidations) / begin.elapsed().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
fn per_second(invalidations: u64) -> f64 {
    invalidations as f64
}
