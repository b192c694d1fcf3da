//! The network between processes and the server: connections keep the order of what is sent, and that is all they do.

use super::Time;
use rand::RngExt as _;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, LogNormal};

/// How long what was lost takes to be sent again.
const AGAIN: Time = 200_000_000;

/// One way of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// When the last thing that was sent arrives.
    last: Time,
}

/// Delays, what is lost, and who is cut off.
#[derive(Debug)]
pub(super) struct Network {
    delay: LogNormal<f64>,
    /// The share of what is sent that is lost at first.
    pub(super) loss: f64,
}

impl Network {
    /// A median of 0.3 ms, and 5 ms in one of a hundred.
    pub(super) fn new(loss: f64) -> Self {
        let (median, worst) = (0.3_f64, 5.0_f64);
        // 2.326 standard deviations have 99 of 100 below them.
        let delay = LogNormal::new(median.ln(), (worst / median).ln() / 2.326);
        Self { delay: delay.expect("a finite deviation"), loss }
    }

    /// When what is sent at `now` arrives, if nothing goes through before `cut`.
    pub(super) fn send(&self, way: &mut Way, now: Time, cut: Time, chances: &mut SmallRng) -> Time {
        let lost = if self.loss > 0.0 && chances.random_bool(self.loss) { AGAIN } else { 0 };
        let arrival = now.max(cut) + lost + self.delay(chances);
        way.last = way.last.max(arrival);
        way.last
    }

    /// One delay.
    pub(super) fn delay(&self, chances: &mut SmallRng) -> Time {
        super::nanoseconds(self.delay.sample(chances) / 1e3)
    }
}
