//! The eviction policy: which promoted entries a memo holds, by capacity, weight, time and use. This file alone names
//! `moka`.
//!
//! The policy knows a slot by its number and never sees a key or a value: no user code runs inside of it.

use crate::cache::window::promotable;
use crate::config::Config;
use crate::hashing::KeyHasher;
use crate::sync::{Arc, Mutex, OnceLock};
use crate::thread;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy as Order;
use std::time::Duration;

/// Decides by how often and how lately slots were used (W-TinyLFU), and by time; behind a window by how lately alone,
/// since a slot that is promoted was used already.
pub(super) struct EvictionPolicy {
    /// Made once there is something to decide.
    slots: OnceLock<Slots>,
    has_window: bool,
    /// How much all slots may weigh, or how many there may be.
    max: u64,
    scale: Option<Scale>,
    ttl: Option<Duration>,
    idle: Option<Duration>,
    evicted: Arc<Mutex<Vec<Evicted>>>,
}

type Slots = moka::sync::Cache<u64, u32, KeyHasher>;

/// A slot whose entry is to be removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evicted {
    pub(super) slot: u64,
    /// Whether its time is over; else others needed the room more.
    pub(super) has_expired: bool,
}

impl EvictionPolicy {
    /// A policy that keeps to the bounds of `config`.
    pub(super) fn new<K, V>(config: &Config<K, V>) -> Self {
        let scale = config.weigh.as_ref().map(|_| Scale::of(config.max));
        let max = scale.map_or(config.window().map_or(config.max, promotable), |scale| scale.max);
        Self {
            slots: OnceLock::new(),
            has_window: config.window().is_some(),
            max,
            scale,
            ttl: config.ttl,
            idle: config.idle,
            evicted: Arc::default(),
        }
    }

    /// How many slots it may contain, or how much they may weigh.
    pub(super) fn max(&self) -> u64 {
        self.max
    }

    /// Whether no slot was ever inserted.
    #[cfg(test)]
    pub(super) fn knows_nothing(&self) -> bool {
        self.slots.get().is_none()
    }

    fn make_slots(&self) -> Slots {
        let builder = moka::sync::Cache::builder().max_capacity(self.max);
        let order = if self.has_window { Order::lru() } else { Order::tiny_lfu() };
        let builder = builder.eviction_policy(order);
        let builder = match self.scale {
            Some(_) => builder.weigher(|_, weight| *weight),
            None => builder,
        };
        let builder = match self.ttl {
            Some(ttl) => builder.time_to_live(ttl),
            None => builder,
        };
        let builder = match self.idle {
            Some(idle) => builder.time_to_idle(idle),
            None => builder,
        };
        let listed = Arc::clone(&self.evicted);
        let builder = builder.eviction_listener(move |slot, _, cause| {
            let has_expired = match cause {
                RemovalCause::Size => false,
                RemovalCause::Expired => true,
                // Removed on purpose, and perhaps inserted again by now; or replaced, and still there.
                RemovalCause::Explicit | RemovalCause::Replaced => return,
            };
            listed.lock().push(Evicted { slot: *slot, has_expired });
        });
        builder.build_with_hasher(KeyHasher::new())
    }

    /// Inserts `slot`. The slots that were evicted for it, now or earlier, are to be emptied.
    pub(super) fn insert(&self, slot: u64, weight: u64) -> Vec<Evicted> {
        let slots = self.slots.get_or_init(|| self.make_slots());
        if !self.has_window {
            // A key that is missed again and again must come to be worth a slot.
            slots.get(&slot);
        }
        slots.insert(slot, self.scale.map_or(1, |scale| scale.weight(weight)));
        self.take_evicted()
    }

    /// Whether `slot` may hold an entry.
    pub(super) fn contains(&self, slot: u64) -> bool {
        self.slots.get().is_some_and(|slots| slots.contains_key(&slot))
    }

    /// Records one use of many of `slot`.
    pub(super) fn record_access(&self, slot: u64) -> Vec<Evicted> {
        let Some(slots) = self.slots.get() else { return Vec::new() };
        slots.get(&slot);
        self.take_evicted()
    }

    /// Removes `slot`, which has been emptied.
    pub(super) fn remove(&self, slot: u64) {
        if let Some(slots) = self.slots.get() {
            slots.invalidate(&slot);
        }
    }

    /// Removes every slot: all are about to be emptied.
    pub(super) fn clear(&self) {
        let Some(slots) = self.slots.get() else { return };
        slots.invalidate_all();
        // `moka` removes them in passing, some at a time, and they keep their room until then.
        loop {
            let before = slots.entry_count();
            slots.run_pending_tasks();
            let after = slots.entry_count();
            if after == 0 || after >= before {
                return;
            }
        }
    }

    /// Does the work that was put off.
    pub(super) fn run_pending(&self) -> Vec<Evicted> {
        let Some(slots) = self.slots.get() else { return Vec::new() };
        slots.run_pending_tasks();
        self.take_evicted()
    }

    /// The slots to empty. At the end of a thread nothing can be emptied: they are left to other threads.
    fn take_evicted(&self) -> Vec<Evicted> {
        if thread::is_ending() {
            return Vec::new();
        }
        std::mem::take(&mut *self.evicted.lock())
    }
}

/// Weights in 32 bits, which `moka` counts in.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// The weight that counts as one.
    unit: u64,
    /// How much all slots may weigh, in such units.
    max: u64,
}

impl Scale {
    /// For weights of up to `max`.
    fn of(max: u64) -> Self {
        let unit = max.div_ceil(u64::from(u32::MAX)).max(1);
        Self { unit, max: max / unit }
    }

    /// Rounded up, so that all slots never weigh more than they may; but a slot that may be held alone can be.
    fn weight(self, weight: u64) -> u32 {
        let units = if self.unit == 1 { weight } else { weight.div_ceil(self.unit).min(self.max) };
        u32::try_from(units).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn scaled_weights_keep_to_the_bound() {
        let large = u64::from(u32::MAX);
        for max in [1, 1_000, large - 1, large, large + 1, 10_000_000_000, 1 << 50, u64::MAX] {
            let scale = Scale::of(max);
            assert!(scale.max <= large, "{max}");
            for weight in [1, max / 3, max / 2, max - max / 1_000, max] {
                let weight = weight.max(1);
                let scaled = u64::from(scale.weight(weight));
                assert!((1..=scale.max).contains(&scaled), "{weight} of {max}");
                // As many as the policy lets in weigh no more than may be.
                let together = u128::from(scale.max / scaled) * u128::from(weight);
                assert!(together <= u128::from(max), "{weight} of {max}");
            }
        }
        assert_eq!(Scale::of(large).weight(7), 7, "as it is, where it fits");
    }
}
