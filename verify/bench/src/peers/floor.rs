//! What a hit could cost: a hash map that only its thread can see.

use crate::body;
use hashbrown::HashMap;
use std::cell::RefCell;

thread_local! {
    static NUMBERS: RefCell<HashMap<u64, u64>> = RefCell::default();
    static NAMES: RefCell<HashMap<String, u64>> = RefCell::default();
}

/// A memo of one thread, by number.
pub(crate) fn id(pk: u64) -> u64 {
    NUMBERS.with_borrow_mut(|numbers| match numbers.get(&pk) {
        Some(&value) => value,
        None => *numbers.entry(pk).insert(body::number(pk)).get(),
    })
}

/// A memo of one thread, by name.
pub(crate) fn name(name: &str) -> u64 {
    NAMES.with_borrow_mut(|names| match names.get(name) {
        Some(&value) => value,
        None => *names.entry_ref(name).insert(body::name(name)).get(),
    })
}
