//! Promise 2, Never back: a generation that ended, was evicted or cleared never makes an old entry
//! fresh again.

mod common;

use common::{Count, stop};
use gcache::{cache_against, group, of};
use std::collections::HashMap;

/// Counts and clocks that restart or repeat have lost the second of two invalidations elsewhere.
#[test]
fn a_second_invalidation_right_after_the_first_counts() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    assert_eq!(item(None, 7), 1);
    invalidate_item(7);
    std::thread::scope(|scope| {
        let between = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        invalidate_item(7);
        control.leave();
        assert_eq!(between.join().expect("it returns"), 2);
    });
    assert_eq!(item(None, 7), 3, "what began between the two invalidations is not fresh");
    assert_eq!(item(None, 7), 3);
}

/// The generation table drops generations that nothing uses. None that an entry uses may be among them: the
/// entry would outlive every later invalidation.
#[test]
fn generations_of_live_entries_survive_the_sweep_of_their_table() {
    group!(Swept: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Swept(pk), capacity = 100)]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    // Most are used once; fifty of them all the time, so that they stay.
    for pk in 50..20_000 {
        item(pk);
        item(pk % 50);
    }
    assert!(of(item).len() <= 100, "the memo keeps to its capacity");
    let living = gcache::stats()
        .groups
        .iter()
        .find(|group| group.name.ends_with("::Swept"))
        .map_or(0, |item| item.living);
    assert!(living < 2_000, "{living} generations for 100 entries");

    // Whatever is a hit now must be a miss after its group was invalidated.
    let mut hits = HashMap::new();
    for pk in 0..50 {
        let before = RUNS.get();
        let value = item(pk);
        if RUNS.get() == before {
            hits.insert(pk, value);
        }
    }
    assert!(!hits.is_empty());
    for (pk, old) in hits {
        invalidate_swept(pk);
        assert_ne!(item(pk), old);
    }
}

#[test]
fn a_cleared_entry_never_hits_again() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    assert_eq!(item(None, 7), 1);
    of(item).clear().expect("it was called");
    assert!(of(item).is_empty());
    std::thread::scope(|scope| {
        let early = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        of(item).clear().expect("it was called");
        control.leave();
        assert_eq!(early.join().expect("it returns"), 2);
    });
    assert_eq!(item(None, 7), 3, "it began before the second clear");
    assert_eq!(item(None, 7), 3);
    assert_eq!(of(item).len(), 1);
}

/// An entry that is found ended makes room for a new one, and not the other way round.
#[test]
fn a_doomed_computation_does_not_replace_a_later_one() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    std::thread::scope(|scope| {
        let early = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        for later in 2..5 {
            invalidate_item(7);
            assert_eq!(item(None, 7), later);
        }
        control.leave();
        assert_eq!(early.join().expect("it returns"), 1);
    });
    assert_eq!(item(None, 7), 4);
}
