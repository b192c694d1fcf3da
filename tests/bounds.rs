//! Promise 7, Bounded: a memo keeps to its capacity or weight at any time, and lets go of what it has not.

use gcache::{cache_against, group, of, stats};
use std::sync::{Arc, Mutex, Weak};

group!(Item: u64);

#[test]
fn capacity_bounds_the_entries() {
    const ROOM: usize = 50;

    #[cache_against(Item(pk), capacity = 100)]
    fn hundred(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Item(pk), capacity = ROOM)]
    fn fifty(pk: u64) -> u64 {
        pk
    }

    for pk in 0..5000 {
        hundred(pk);
        fifty(pk);
    }
    assert!(of(hundred).len() <= 100);
    assert!(of(fifty).len() <= ROOM);
    assert!(of(fifty).stats().evicted >= 4900);
    assert_eq!(of(fifty).stats().entries, of(fifty).len() as u64);
}

#[test]
fn a_small_capacity_holds_at_any_time() {
    group!(A16);
    #[cache_against(A16, capacity = 1)]
    fn small(pk: u64) -> u64 {
        pk
    }
    for pk in 0..50 {
        small(pk);
    }
    for pk in 0..50 {
        small(pk);
    }
    let mut hits = 0;
    let h = stats().functions.iter().find(|(n, _)| n.ends_with("small")).unwrap().1.hits;
    hits += h;
    assert!(hits <= 1, "{hits} hits with a capacity of 1");
}

#[test]
fn weight_bounds_the_entries() {
    #[cache_against(Item(pk), max_weight = 1000, weigh = Vec::len)]
    fn bytes(pk: u64) -> Vec<u8> {
        vec![0; 100]
    }
    #[cache_against(Item(pk), max_weight = 1000, weigh = |text: &Arc<str>| text.len())]
    fn text(pk: u64) -> Result<Arc<str>, std::io::Error> {
        Ok("x".repeat(500).into())
    }

    for pk in 0..100 {
        bytes(pk);
        text(pk).expect("it never fails");
    }
    assert!(of(bytes).len() <= 10 && of(bytes).stats().weight <= 1000);
    assert!(of(text).len() <= 2 && of(text).stats().weight <= 1000);
    assert!(!of(bytes).is_empty());
}

#[test]
fn a_weight_holds_at_any_time() {
    group!(A16b);
    static W: Mutex<Vec<Weak<Vec<u8>>>> = Mutex::new(Vec::new());
    fn w(v: &Arc<Vec<u8>>) -> usize {
        v.len()
    }
    #[cache_against(A16b, max_weight = 10, weigh = w)]
    fn small(pk: u64) -> Arc<Vec<u8>> {
        let a = Arc::new(vec![0u8; 1_000_000]);
        W.lock().unwrap().push(Arc::downgrade(&a));
        a
    }
    for pk in 0..50 {
        small(pk);
    }
    let held = W.lock().unwrap().iter().filter(|w| w.upgrade().is_some()).count();
    assert!(held <= 1, "{held} MB held with max_weight = 10");
}

#[test]
fn clear_frees_what_its_thread_holds_back() {
    group!(A11);
    static W: Mutex<Option<Weak<[u8]>>> = Mutex::new(None);
    #[cache_against(A11)]
    fn one(pk: u64) -> Arc<[u8]> {
        let a: Arc<[u8]> = vec![0; 1000].into();
        *W.lock().unwrap() = Some(Arc::downgrade(&a));
        a
    }
    one(1);
    of(one).clear();
    assert!(W.lock().unwrap().as_ref().unwrap().upgrade().is_none(), "still held by its flight");
}
