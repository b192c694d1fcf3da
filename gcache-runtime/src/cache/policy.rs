//! The store of record: which slots may be held, by capacity, weight, time and use.
//!
//! A store knows a slot by its number and never sees a key or a value, so no user code runs inside
//! of it.

use crate::config::Config;

/// Decides which slots may be held.
pub(crate) trait Store {
    /// A store that keeps to the bounds of `config`.
    fn new<K, V>(config: &Config<K, V>) -> Self;

    /// Asks for `slot` to be held. What is given up for it, now or earlier, is to be emptied.
    fn admit(&self, slot: u64, weight: u64) -> Vec<Evicted>;

    /// Whether `slot` may be held.
    fn holds(&self, slot: u64) -> bool;

    /// Notes that `slot` was used: one use of many is told.
    fn touch(&self, slot: u64) -> Vec<Evicted>;

    /// Gives up `slot`, which has been emptied.
    fn remove(&self, slot: u64);

    /// Gives up every slot, all of which are about to be emptied.
    fn clear(&self);

    /// Does what the store has put off.
    fn settle(&self) -> Vec<Evicted>;
}

/// A slot that is to be emptied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evicted {
    pub(crate) slot: u64,
    pub(crate) why: EvictionCause,
}

/// Why a slot is to be emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(gcache_model, allow(dead_code, reason = "it knows no time"))]
pub(crate) enum EvictionCause {
    /// Others needed the room more.
    Evicted,
    /// Its time is over.
    Expired,
}
