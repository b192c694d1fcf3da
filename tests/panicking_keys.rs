//! Promise 9, Harmless: a key that panics while its group is ended. The model ends, and all else that was to end.

mod common;

use common::Count;
use gcache::{
    Invalidated, Invalidates, Transaction, cache_against, group, invalidate, invalidates,
};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

// a group key whose Hash/Eq/Clone/Drop may panic
thread_local!(static TRAP: Cell<u8> = const { Cell::new(0) });
const HASH: u8 = 1;
const EQ: u8 = 2;
const CLONE: u8 = 3;
const DROP: u8 = 4;
fn spring(kind: u8) {
    if TRAP.get() == kind {
        TRAP.set(0);
        panic!("sprung {kind}")
    }
}
#[derive(Debug)]
struct Key(u64);
impl Hash for Key {
    fn hash<H: Hasher>(&self, h: &mut H) {
        spring(HASH);
        self.0.hash(h);
    }
}
impl PartialEq for Key {
    fn eq(&self, o: &Self) -> bool {
        spring(EQ);
        self.0 == o.0
    }
}
impl Eq for Key {}
impl Clone for Key {
    fn clone(&self) -> Self {
        spring(CLONE);
        Key(self.0)
    }
}
impl Drop for Key {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            spring(DROP);
        }
    }
}

#[test]
fn a_change_whose_invalidation_panics_invalidates_the_model() {
    #[derive(Invalidates)]
    struct Thing {
        id: Key,
        title: u64,
    }
    #[invalidates]
    impl Thing {
        fn rename(&mut self) {
            self.title += 1;
            TRAP.set(HASH);
        }
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing)]
    fn all() -> usize {
        RUNS.up()
    }
    assert_eq!(all(), 1);
    let mut thing = Thing { id: Key(1), title: 0 };
    assert!(catch_unwind(AssertUnwindSafe(|| thing.rename())).is_err());
    assert_eq!(all(), 2, "the row changed, the mutation panicked, the model lives");
}

#[test]
fn an_edit_whose_clone_panics_invalidates_the_model() {
    #[derive(Invalidates)]
    struct Thing6 {
        id: Key,
        title: u64,
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing6)]
    fn all() -> usize {
        RUNS.up()
    }
    assert_eq!(all(), 1);
    let mut thing = Thing6 { id: Key(1), title: 0 };
    let r = catch_unwind(AssertUnwindSafe(|| {
        let mut e = thing.edit();
        e.title = 5;
        TRAP.set(CLONE);
        drop(e);
    }));
    assert!(r.is_err());
    assert_eq!(all(), 2, "edit ended nothing");
}

#[test]
fn a_row_whose_clone_panics_invalidates_the_model() {
    #[derive(Invalidates)]
    struct Thing9 {
        id: Key,
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing9(Key(1)))]
    fn one() -> usize {
        RUNS.up()
    }
    let thing = Thing9 { id: Key(1) };
    let changes: [&dyn Fn() -> Invalidated; 3] =
        [&|| thing.invalidate(), &|| Thing9::invalidate_many([&thing]), &|| {
            invalidate(&Some(&thing))
        }];
    for (at, change) in changes.iter().enumerate() {
        let before = one();
        TRAP.set(CLONE);
        assert!(catch_unwind(AssertUnwindSafe(change)).is_err());
        assert_eq!(one(), before + 1, "change {at} ended nothing");
    }
}

/// The first two changes are of the model alone, the rest of the other group as well.
fn a_clone_panics_in(
    changes: &[&dyn Fn() -> Invalidated],
    one: impl Fn() -> usize,
    other: impl Fn() -> usize,
) {
    for (at, change) in changes.iter().enumerate() {
        let before = (one(), other());
        TRAP.set(CLONE);
        assert!(catch_unwind(AssertUnwindSafe(change)).is_err());
        assert_ne!(one(), before.0, "change {at} ended nothing");
        assert_eq!(other() != before.1, at > 1, "change {at}");
    }
}

#[test]
fn a_key_whose_clone_panics_invalidates_its_model_and_the_other_groups() {
    #[derive(Invalidates)]
    struct Thing11 {
        #[group(index)]
        id: Key,
    }
    group!(Other11: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Thing11(Key(1)))]
    fn one() -> usize {
        RUNS.up()
    }
    #[cache_against(Other11(7))]
    fn other() -> usize {
        RUNS.up()
    }
    let key = Key(2);
    let changes: [&dyn Fn() -> Invalidated; 5] = [
        &|| invalidate_thing11(&key),
        &|| invalidate_thing11_by_id(&key),
        &|| invalidate!(Thing11(key), Other11(7)),
        &|| invalidate!(Thing11(id = key), Other11(7)),
        &|| invalidate(&(gcache::member::<Thing11>(&key), gcache::member::<Other11>(7_u64))),
    ];
    a_clone_panics_in(&changes, one, other);
}

/// Of a key or a value with several parts, one has no `Clone`, as it were.
#[test]
fn a_part_whose_clone_panics_invalidates_its_model_and_the_other_groups() {
    group!(Thing12(id: Key, number: u64), index(id, number));
    group!(Other12: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Thing12(Key(1), 1))]
    fn one() -> usize {
        RUNS.up()
    }
    #[cache_against(Other12(7))]
    fn other() -> usize {
        RUNS.up()
    }
    let (key, some) = (Key(2), Some(Key(2)));
    let changes: [&dyn Fn() -> Invalidated; 8] = [
        &|| invalidate_thing12(&key, 1),
        &|| invalidate_thing12_by_id_and_number(&key, 1),
        &|| invalidate!(Thing12(key, 1), Other12(7)),
        &|| invalidate!(Thing12(id = key, number = 1), Other12(7)),
        &|| invalidate!(Thing12?(some, 1), Other12(7)),
        &|| invalidate!(Thing12?(id = some, number = Some(1)), Other12(7)),
        &|| invalidate(&(Thing12::key(&key, 1), gcache::member::<Other12>(7_u64))),
        &|| invalidate(&(Thing12::by_id_and_number(&key, 1), gcache::member::<Other12>(7_u64))),
    ];
    a_clone_panics_in(&changes, one, other);
}

#[test]
fn a_group_that_panics_takes_no_other_group_with_it() {
    group!(A6: Key);
    group!(B6: u64);
    static RUNS: Count = Count::new();
    #[cache_against(B6(pk))]
    fn b(pk: u64) -> usize {
        RUNS.up()
    }
    #[invalidates(A6(&Key(1)), B6(1))]
    fn change() {
        TRAP.set(HASH);
    }
    assert_eq!(b(1), 1);
    assert!(catch_unwind(change).is_err());
    assert_eq!(b(1), 2, "B6(1) was not ended");
}

/// A second panic in a destructor would abort the process.
#[test]
fn a_key_that_panics_while_a_body_panics_is_no_second_panic() {
    #[derive(Invalidates)]
    struct Thing10 {
        id: Key,
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing10)]
    fn all() -> usize {
        RUNS.up()
    }
    fn spring_later(kind: u8) -> ! {
        TRAP.set(kind);
        panic!("the body panics")
    }
    #[invalidates(Thing10(&Key(1)))]
    fn change() {
        spring_later(HASH);
    }
    fn edit() {
        let mut thing = Thing10 { id: Key(1) };
        let _edit = thing.edit();
        spring_later(CLONE);
    }
    #[cache_against(Thing10(Key(1)))]
    fn one() -> usize {
        RUNS.up()
    }
    fn leave_undecided() {
        one();
        Transaction::begin().enter(|| {
            invalidate_thing10(Key(1));
            spring_later(EQ);
        });
    }
    for body in [change, edit, leave_undecided] {
        let before = all();
        assert!(catch_unwind(body).is_err());
        assert_eq!(TRAP.get(), 0, "it was not sprung");
        assert_ne!(all(), before);
    }
}

#[test]
fn a_key_that_panics_in_a_commit_takes_no_other_key_with_it() {
    group!(A7: Key);
    group!(B7: u64);
    static RUNS: Count = Count::new();
    #[cache_against(A7(Key(pk)))]
    fn a(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(B7(pk))]
    fn b(pk: u64) -> usize {
        RUNS.up()
    }
    a(1);
    for pk in 0..64 {
        b(pk);
    }
    let before: Vec<usize> = (0..64).map(b).collect();
    let tx = Transaction::begin();
    tx.enter(|| {
        invalidate_a7(Key(1));
        for pk in 0..64 {
            invalidate_b7(pk);
        }
    });
    TRAP.set(EQ);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.commit())).is_err());
    TRAP.set(0);
    let stale = (0..64).filter(|&pk| b(pk) == before[usize::try_from(pk).unwrap()]).count();
    assert_eq!(stale, 0, "lost endings of the commit");
}

static ARMED: AtomicBool = AtomicBool::new(false);
#[derive(Clone, PartialEq, Eq, Hash)]
struct Bomb(u64);
impl Drop for Bomb {
    fn drop(&mut self) {
        let spring = self.0 == 0 && ARMED.swap(false, Ordering::SeqCst);
        assert!(!spring, "the key 0 is dropped");
    }
}

#[test]
fn the_destructor_of_one_key_does_not_break_the_invalidation_of_another() {
    group!(A8: Bomb);
    static RUNS: Count = Count::new();
    #[cache_against(A8(Bomb(pk)))]
    fn one(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(A8)]
    fn all() -> usize {
        RUNS.up()
    }
    one(0);
    invalidate_a8(Bomb(0)); // leaves the generation table, waits to be freed
    ARMED.store(true, Ordering::SeqCst);
    for pk in 1..100 {
        one(pk);
        let whole = all();
        let invalidated = catch_unwind(|| invalidate_a8(Bomb(pk)));
        assert_ne!(all(), whole, "pk {pk}, panicked: {}: the model lives", invalidated.is_err());
        assert!(invalidated.is_ok());
    }
}
