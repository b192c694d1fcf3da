//! What a simulation has counted.

use super::Time;
use super::store::Store;
use std::collections::BTreeMap;

/// Counts of a simulation.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Calls, each judged.
    pub reads: u64,
    /// Of these, calls after a fence.
    pub fenced_reads: u64,
    /// Calls beyond the bound.
    pub beyond: u64,
    /// Calls after a fence that missed what was acknowledged before it.
    pub fenced_stale: u64,
    /// Calls after a receipt was caught up with, and of these, those that missed what it stands for.
    pub received_reads: u64,
    /// See [`Totals::received_reads`].
    pub received_stale: u64,
    /// Calls that missed what their own process had invalidated.
    pub own_stale: u64,
    /// Calls beyond the bound, a moment after their process had stood still.
    pub excused: u64,
    /// The longest time after an acknowledgement at which a call did not know of it yet, in nanoseconds.
    pub worst: Time,
    /// Versions that were written, and acknowledged.
    pub written: u64,
    /// See [`Totals::written`].
    pub acknowledged: u64,
    /// Leases that ended.
    pub expired: u64,
    /// How often a process invalidated everything since it may have missed something.
    pub invalidated_all: u64,
    /// Sessions that had missed nothing, or learned of it from the log.
    pub warm: u64,
    /// Fences that came back good.
    pub fences: u64,
    /// Messages that the server published, bytes that it sent in them, and nanoseconds that its thread worked.
    pub messages: u64,
    /// See [`Totals::messages`].
    pub bytes: u64,
    /// See [`Totals::messages`].
    pub worked: Time,
    /// How long it ran, in nanoseconds.
    pub time: Time,
    /// What happened in each quarter of a second.
    pub slices: Vec<Slice>,
    /// How long after a commit a call returned what was before it: how many calls, by the logarithm of microseconds.
    stale: BTreeMap<i32, u64>,
    /// How long a fence took, in the same form.
    fence_times: BTreeMap<i32, u64>,
    /// How long an acknowledgement took, in the same form.
    acknowledgement_times: BTreeMap<i32, u64>,
}

/// What happened in a slice of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slice {
    /// Calls that were hits.
    pub hits: u64,
    /// Computations that began.
    pub computations: u64,
}

impl Slice {
    /// How long a slice is.
    pub const SECONDS: f64 = 0.25;
}

/// The same in nanoseconds.
const SLICE: Time = 250_000_000;

/// Steps of a logarithm to two.
const STEPS: f64 = 8.0;

impl Totals {
    /// Calls that break a promise.
    pub fn violations(&self) -> u64 {
        self.beyond + self.fenced_stale + self.received_stale + self.own_stale
    }

    /// For how long after a commit this share of the calls that missed it did so at most, in milliseconds.
    pub fn staleness(&self, share: f64) -> f64 {
        quantile(&self.stale, share)
    }

    /// How long this share of the fences took at most, in milliseconds.
    pub fn fence_time(&self, share: f64) -> f64 {
        quantile(&self.fence_times, share)
    }

    /// How long this share of the acknowledgements took at most, in milliseconds.
    pub fn acknowledgement_time(&self, share: f64) -> f64 {
        quantile(&self.acknowledgement_times, share)
    }

    pub(super) fn acknowledged(&mut self, took: Time) {
        self.acknowledged += 1;
        *self.acknowledgement_times.entry(step(took)).or_default() += 1;
    }

    fn slice(&mut self, now: Time) -> &mut Slice {
        let at = usize::try_from(now / SLICE).unwrap_or(0);
        if self.slices.len() <= at {
            self.slices.resize(at + 1, Slice::default());
        }
        &mut self.slices[at]
    }

    pub(super) fn hit(&mut self, now: Time) {
        self.slice(now).hits += 1;
    }

    pub(super) fn computation(&mut self, now: Time) {
        self.slice(now).computations += 1;
    }

    pub(super) fn received(&mut self, is_stale: bool) {
        self.received_reads += 1;
        self.received_stale += u64::from(is_stale);
    }

    pub(super) fn fenced(&mut self, took: Time) {
        *self.fence_times.entry(step(took)).or_default() += 1;
    }

    pub(super) fn read(
        &mut self,
        allowed: Time,
        acknowledged: Time,
        committed: Time,
        own: Time,
        fenced: bool,
        excused: bool,
    ) {
        self.reads += 1;
        self.fenced_reads += u64::from(fenced);
        self.own_stale += u64::from(own > 0);
        if committed > 0 {
            *self.stale.entry(step(committed)).or_default() += 1;
        }
        if acknowledged > allowed && excused && !fenced {
            self.excused += 1;
            return;
        }
        self.worst = self.worst.max(acknowledged);
        let broken = u64::from(acknowledged > allowed);
        if fenced { self.fenced_stale += broken } else { self.beyond += broken }
    }

    pub(super) fn finish(&mut self, store: &Store, now: Time) {
        (self.messages, self.bytes, self.worked, self.time) =
            (store.messages, store.bytes, store.worked, now);
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a step of a scale"
)]
fn step(time: Time) -> i32 {
    ((time as f64 / 1e3).log2() * STEPS).ceil() as i32
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn quantile(counts: &BTreeMap<i32, u64>, share: f64) -> f64 {
    let wanted = counts.values().sum::<u64>() as f64 * share;
    let mut seen = 0.0;
    let at = counts.iter().find(|(_, count)| {
        seen += **count as f64;
        seen >= wanted
    });
    at.map_or(0.0, |(step, _)| (f64::from(*step) / STEPS).exp2() / 1e3)
}
