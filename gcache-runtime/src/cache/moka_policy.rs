//! The store of record on `moka`. This file alone names it.

use crate::cache::policy::{Evicted, EvictionCause, Store};
use crate::config::{Bound, Config};
use crate::hashing::KeyHasher;
use crate::sync::{Arc, Mutex};
use crate::thread;
use moka::notification::RemovalCause;

/// Decides by how often and how lately slots were used (W-TinyLFU), and by time.
pub(crate) struct Kept {
    slots: moka::sync::Cache<u64, u32, KeyHasher>,
    scale: Scale,
    given_up: Arc<Mutex<Vec<Evicted>>>,
}

impl Store for Kept {
    fn new<K, V>(config: &Config<K, V>) -> Self {
        let given_up = Arc::new(Mutex::new(Vec::new()));
        let builder = moka::sync::Cache::builder();
        let (Bound::Entries(max) | Bound::Weight { max, .. }) = config.bound;
        let scale = match config.bound {
            Bound::Entries(_) => Scale::of(u64::from(u32::MAX)),
            Bound::Weight { max, .. } => Scale::of(max),
        };
        let builder = match config.bound {
            Bound::Entries(_) => builder.max_capacity(max),
            Bound::Weight { .. } => builder.max_capacity(scale.max).weigher(|_, weight| *weight),
        };
        let builder = match config.ttl {
            Some(ttl) => builder.time_to_live(ttl),
            None => builder,
        };
        let builder = match config.idle {
            Some(idle) => builder.time_to_idle(idle),
            None => builder,
        };
        let listed = Arc::clone(&given_up);
        let builder = builder.eviction_listener(move |slot, _, cause| {
            if let Some(why) = EvictionCause::of(cause) {
                listed.lock().push(Evicted { slot: *slot, why });
            }
        });
        Self { slots: builder.build_with_hasher(KeyHasher::new()), scale, given_up }
    }

    fn admit(&self, slot: u64, weight: u64) -> Vec<Evicted> {
        self.slots.insert(slot, self.scale.weight(weight));
        self.given_up()
    }

    fn holds(&self, slot: u64) -> bool {
        self.slots.contains_key(&slot)
    }

    fn touch(&self, slot: u64) -> Vec<Evicted> {
        self.slots.get(&slot);
        self.given_up()
    }

    fn remove(&self, slot: u64) {
        self.slots.invalidate(&slot);
    }

    fn clear(&self) {
        self.slots.invalidate_all();
        // It lets go of them in passing, some at a time, and they keep their room until then.
        loop {
            let before = self.slots.entry_count();
            self.slots.run_pending_tasks();
            let after = self.slots.entry_count();
            if after == 0 || after >= before {
                return;
            }
        }
    }

    fn settle(&self) -> Vec<Evicted> {
        self.slots.run_pending_tasks();
        self.given_up()
    }
}

impl Kept {
    /// At the end of a thread nothing can be emptied, so it is left for others.
    fn given_up(&self) -> Vec<Evicted> {
        if thread::is_ending() {
            return Vec::new();
        }
        std::mem::take(&mut *self.given_up.lock())
    }
}

/// Weights in 32 bits, which is what it counts in.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// What counts as one.
    unit: u64,
    /// What all slots may weigh, in such units.
    max: u64,
}

impl Scale {
    /// For weights of up to `max`.
    fn of(max: u64) -> Self {
        let unit = max.div_ceil(u64::from(u32::MAX)).max(1);
        Self { unit, max: max / unit }
    }

    /// Rounded up, so that what is held never weighs more than it may; but what may be held alone can be.
    fn weight(self, weight: u64) -> u32 {
        let units = if self.unit == 1 { weight } else { weight.div_ceil(self.unit).min(self.max) };
        u32::try_from(units).unwrap_or(u32::MAX)
    }
}

impl EvictionCause {
    fn of(cause: RemovalCause) -> Option<Self> {
        match cause {
            RemovalCause::Size => Some(Self::Evicted),
            RemovalCause::Expired => Some(Self::Expired),
            // It was meant to be, and may be held again by now; or it still is.
            RemovalCause::Explicit | RemovalCause::Replaced => None,
        }
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
                // As many as the store lets in are no more than may be.
                let together = u128::from(scale.max / scaled) * u128::from(weight);
                assert!(together <= u128::from(max), "{weight} of {max}");
            }
        }
        assert_eq!(Scale::of(large).weight(7), 7, "as it is, where it fits");
    }
}
