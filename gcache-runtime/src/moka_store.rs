//! The store of record on `moka`. This file alone names it.

use crate::config::{Bound, Config};
use crate::store::{GivenUp, Store, Why};
use crate::sync::{Arc, Mutex};
use crate::thread;
use moka::notification::RemovalCause;

/// Decides by how often and how lately slots were used (W-TinyLFU), and by time.
pub(crate) struct Kept {
    slots: moka::sync::Cache<u64, u32, ahash::RandomState>,
    given_up: Arc<Mutex<Vec<GivenUp>>>,
}

impl Store for Kept {
    fn new<V>(config: &Config<V>) -> Self {
        let given_up = Arc::new(Mutex::new(Vec::new()));
        let builder = moka::sync::Cache::builder();
        let builder = match config.bound {
            Bound::Entries(max) => builder.max_capacity(max),
            Bound::Weight { max, .. } => builder.max_capacity(max).weigher(|_, weight| *weight),
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
            if let Some(why) = Why::of(cause) {
                listed.lock().push(GivenUp { slot: *slot, why });
            }
        });
        Self { slots: builder.build_with_hasher(ahash::RandomState::new()), given_up }
    }

    fn admit(&self, slot: u64, weight: u32, _: impl Fn(u64) -> bool) -> Vec<GivenUp> {
        self.slots.insert(slot, weight);
        self.given_up()
    }

    fn holds(&self, slot: u64) -> bool {
        self.slots.contains_key(&slot)
    }

    fn touch(&self, slot: u64) -> Vec<GivenUp> {
        self.slots.get(&slot);
        self.given_up()
    }

    fn clear(&self) {
        self.slots.invalidate_all();
    }

    fn settle(&self) -> Vec<GivenUp> {
        self.slots.run_pending_tasks();
        self.given_up()
    }

    fn weight(&self) -> u64 {
        self.slots.weighted_size()
    }
}

impl Kept {
    /// At the end of a thread nothing can be emptied, so it is left for others.
    fn given_up(&self) -> Vec<GivenUp> {
        if thread::is_ending() {
            return Vec::new();
        }
        std::mem::take(&mut *self.given_up.lock())
    }
}

impl Why {
    fn of(cause: RemovalCause) -> Option<Self> {
        match cause {
            RemovalCause::Size => Some(Self::Evicted),
            RemovalCause::Expired => Some(Self::Expired),
            RemovalCause::Explicit => Some(Self::Cleared),
            // The slot is still held.
            RemovalCause::Replaced => None,
        }
    }
}
