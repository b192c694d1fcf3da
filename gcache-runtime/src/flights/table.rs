//! The flights of one memo that others may join, by the hash of their key.
//!
//! A flight is short and a hit never looks here, so this is a table under locks, each held for one
//! insertion or removal. What leaves it is dropped outside of them.

use crate::flights::flight::Flight;
use crate::hashing::IdentityHasher;
use crate::sync::{Arc, Mutex};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Flights under way.
#[derive(Debug)]
pub(crate) struct Flights<K, V> {
    shards: [Mutex<Shard<K, V>>; SHARDS],
}

type Shard<K, V> = HashMap<u64, Arc<Flight<K, V>>, IdentityHasher>;

/// Over how many locks the flights are spread.
const SHARDS: usize = 16;

impl<K, V> Flights<K, V> {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard<K, V>> {
        // Not the bits that the table itself goes by.
        let shard = usize::try_from((hash >> 40) % SHARDS as u64).expect("a remainder of 16 fits");
        &self.shards[shard]
    }

    pub(crate) fn get(&self, hash: u64) -> Option<Arc<Flight<K, V>>> {
        self.shard(hash).lock().get(&hash).cloned()
    }

    /// Whether `flight` was put in, which it only is where there is none of that hash.
    pub(crate) fn try_insert(&self, hash: u64, flight: &Arc<Flight<K, V>>) -> bool {
        match self.shard(hash).lock().entry(hash) {
            Entry::Vacant(place) => {
                place.insert(Arc::clone(flight));
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// Removes `flight`, if it is still there.
    pub(crate) fn remove(&self, hash: u64, flight: &Arc<Flight<K, V>>) {
        let mut shard = self.shard(hash).lock();
        let removed = match shard.entry(hash) {
            Entry::Occupied(place) if Arc::ptr_eq(place.get(), flight) => Some(place.remove()),
            _ => None,
        };
        drop(shard);
        drop(removed);
    }
}
