//! The store of record: which slots may be held, by capacity, weight, time and use. This file alone
//! names `moka`.
//!
//! The store knows a slot by its number and never sees a key or a value, so no user code runs inside
//! of it.

use crate::config::{Bound, Config};
use crate::sync::{Arc, Mutex};
use crate::thread;
use moka::notification::RemovalCause;

/// Decides which slots may be held.
pub(crate) struct Store {
    slots: moka::sync::Cache<u64, u32, ahash::RandomState>,
    given_up: Arc<Mutex<Vec<GivenUp>>>,
}

/// A slot that is to be emptied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenUp {
    pub(crate) slot: u64,
    pub(crate) why: Why,
}

/// Why a slot is to be emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Others needed the room more.
    Evicted,
    /// Its time is over.
    Expired,
    /// Everything was cleared.
    Cleared,
}

impl Store {
    pub(crate) fn new<V>(config: &Config<V>) -> Self {
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

    /// Asks for `slot` to be held. What is given up for it, now or earlier, is to be emptied.
    pub(crate) fn admit(&self, slot: u64, weight: u32) -> Vec<GivenUp> {
        self.slots.insert(slot, weight);
        self.given_up()
    }

    /// Whether `slot` may be held.
    pub(crate) fn holds(&self, slot: u64) -> bool {
        self.slots.contains_key(&slot)
    }

    /// Notes that `slot` was used.
    pub(crate) fn touch(&self, slot: u64) -> Vec<GivenUp> {
        self.slots.get(&slot);
        self.given_up()
    }

    /// Gives up every slot.
    pub(crate) fn clear(&self) {
        self.slots.invalidate_all();
    }

    /// Does what the store has put off, so that its counts are exact.
    pub(crate) fn settle(&self) -> Vec<GivenUp> {
        self.slots.run_pending_tasks();
        self.given_up()
    }

    /// The weight of all slots that are held.
    pub(crate) fn weight(&self) -> u64 {
        self.slots.weighted_size()
    }

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
