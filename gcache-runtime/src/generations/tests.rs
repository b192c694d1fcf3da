//! The rules of this room, by its door: a generation ends once, an invalidation finds each that is in use, and a
//! dependency that is learned too late taints what was computed.

use super::{
    Dependencies, DependencySet, ErasedKeyed, GenerationCell, InvalidatedAt, KeyedGenerations,
    Pending, PendingInvalidations, epoch, set_doubt,
};
use crate::clock::Timestamp;
use crate::sync::Arc;
use std::hash::{Hash, Hasher};
use std::thread;
use std::time::Duration;

fn cell() -> &'static GenerationCell {
    Box::leak(Box::new(GenerationCell::new()))
}

fn keyed<K: super::Key>() -> &'static KeyedGenerations<K> {
    Box::leak(Box::new(KeyedGenerations::new()))
}

fn now() -> InvalidatedAt {
    InvalidatedAt::now(false)
}

/// What a value depends on of which `collect` adds the groups, before its body begins.
fn dependencies(collect: impl FnOnce(&mut DependencySet)) -> Dependencies {
    let mut set = DependencySet::new();
    collect(&mut set);
    set.dependencies(false)
}

/// How many generations a value depends on.
fn count(dependencies: &Dependencies) -> usize {
    let mut count = 0;
    dependencies.all(|_| {
        count += 1;
        true
    });
    count
}

fn on_cell(cell: &'static GenerationCell) -> Dependencies {
    dependencies(|set| cell.collect_into(set))
}

fn on_key<K: super::Key>(keyed: &'static KeyedGenerations<K>, key: &K) -> Dependencies {
    dependencies(|set| keyed.collect_key_into(key, set))
}

fn end_key<K: super::Key>(keyed: &'static KeyedGenerations<K>, key: &K) -> bool {
    keyed.end_key(key, keyed.hash(key), now())
}

#[test]
fn a_generation_ends_once_and_its_group_begins_another() {
    let cell = cell();
    assert!(!cell.end_current(now()), "nothing has used the group");
    let (one, same) = (on_cell(cell), on_cell(cell));
    assert!(one.are_alive() && same.are_alive());
    assert!(cell.end_current(now()));
    assert!(!one.are_alive() && !same.are_alive());
    assert!(!cell.end_current(now()), "it has ended already");
    assert!(on_cell(cell).are_alive());
    assert!(!one.are_alive(), "it does not come back");
    assert_eq!((cell.invalidations(), cell.ended(), cell.living()), (3, 1, 1));
}

#[test]
fn a_generation_is_known_to_have_ended_by_the_calls_that_follow() {
    let cell = cell();
    let one = on_cell(cell);
    assert!((0..3).all(|_| one.are_alive()));
    let before = epoch();
    let invalidated = thread::spawn(|| cell.end_current(now())).join();
    assert!(invalidated.expect("it returns"));
    assert!(!one.are_alive() && !one.are_alive());
    assert!(epoch() > before, "whoever validated an entry before looks at it again");
}

#[test]
fn many_generations_are_alive_until_one_of_them_ends() {
    let cells: Vec<_> = (0..100).map(|_| cell()).collect();
    let collect = || dependencies(|set| cells.iter().for_each(|cell| cell.collect_into(set)));
    for ends in [0, 50, 99] {
        let all = collect();
        assert!(all.are_alive() && all.are_alive());
        cell().end_current(now());
        assert!(all.are_alive() && all.are_alive(), "another group");
        cells[ends].end_current(now());
        assert!(!all.are_alive() && !all.are_alive(), "{ends}");
    }
}

#[test]
fn a_generation_is_collected_once() {
    let cells: Vec<_> = (0..100).map(|_| cell()).collect();
    let twice = dependencies(|set| {
        (0..2).for_each(|_| cells.iter().for_each(|cell| cell.collect_into(set)));
    });
    assert_eq!(count(&twice), 100);
}

#[test]
fn a_key_ends_alone_and_all_keys_end_with_their_whole() {
    let keyed = keyed();
    let (one, two) = (on_key(keyed, &1), on_key(keyed, &2));
    assert!(!end_key(keyed, &3), "nothing has used it");
    assert!(end_key(keyed, &1));
    assert!(!one.are_alive() && two.are_alive());
    let (one, other) = (on_key(keyed, &1), self::keyed());
    let same_key = on_key(other, &1);
    assert!(keyed.whole().end_current(now()));
    assert!(!one.are_alive() && !two.are_alive());
    assert!(same_key.are_alive(), "of another kind of keys");
    assert!(on_key(keyed, &1).are_alive());
}

#[test]
fn the_generation_of_a_key_lives_no_longer_than_that_of_all_keys() {
    let keyed = keyed();
    let one = on_key(keyed, &1);
    let before = Timestamp::now();
    keyed.whole().end_current(now());
    assert!(one.lived_at(before) && !one.lived_at(Timestamp::now()));
    assert_eq!(keyed.living(), 0);
    let again = on_key(keyed, &1);
    assert!(again.are_alive() && again.lived_at(Timestamp::now()));
    assert!(end_key(keyed, &1) && !again.are_alive(), "an invalidation finds the new one");
    assert_eq!(keyed.living(), 0);
}

/// A key that has its hash in common with all others.
#[derive(Clone, PartialEq, Eq)]
struct Same(u64);

impl Hash for Same {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0.hash(state);
    }
}

#[test]
fn keys_of_one_hash_are_told_apart_by_eq() {
    let keyed = keyed();
    let all: Vec<_> = (0..20).map(|key| on_key(keyed, &Same(key))).collect();
    assert!(end_key(keyed, &Same(7)) && !end_key(keyed, &Same(7)));
    let alive = all.iter().map(Dependencies::are_alive);
    assert!(alive.enumerate().all(|(key, alive)| alive == (key != 7)));
}

/// Whatever is swept: an invalidation finds each generation that is in use, and those that nothing uses do not
/// pile up.
#[test]
fn a_sweep_leaves_the_generations_in_use_where_an_invalidation_finds_them() {
    const USED: u64 = 50;
    let keyed = keyed();
    let used: Vec<_> = (0..USED).map(|key| on_key(keyed, &key)).collect();
    let all = 20_000;
    (USED..all).for_each(|key| drop(on_key(keyed, &key)));
    let living = keyed.living() as u64;
    assert!((USED..all / 10).contains(&living), "{living} of {all}, and {USED} are in use");
    for (key, used) in (0..USED).zip(&used) {
        assert!(used.are_alive(), "{key} was swept");
        assert!(end_key(keyed, &key) && !used.are_alive(), "{key} was not found");
    }
}

#[test]
fn a_late_dependency_that_was_invalidated_since_the_body_began_taints_the_value() {
    type Collect =
        fn(&mut DependencySet, (&'static GenerationCell, &'static KeyedGenerations<u64>));
    let ways: [Collect; 2] = [
        |set, (cell, _)| cell.collect_into(set),
        |set, (_, keyed)| keyed.collect_key_into(&1, set),
    ];
    for collect in ways {
        let groups = (cell(), keyed());
        let invalidate = || {
            groups.0.end_current(now());
            end_key(groups.1, &1);
        };
        invalidate();
        let mut set = DependencySet::new();
        collect(&mut set, groups);
        set.body_begins();
        let mut late = set.late();
        collect(&mut late, groups);
        assert!(!late.is_tainted() && !set.is_tainted(), "invalidated before the body began");
        invalidate();
        assert!(!set.are_alive());
        let mut late = set.late();
        collect(&mut late, groups);
        assert!(late.is_tainted(), "though its generation is alive");
        assert!(late.are_alive());
        assert!(!set.is_tainted());
        set.union(&late);
        assert!(set.is_tainted(), "the taint passes on to the body");
    }
}

#[test]
fn a_taint_passes_from_a_nested_computation_to_its_caller() {
    let mut caller = DependencySet::new();
    caller.body_begins();
    let mut inner = DependencySet::new();
    inner.body_begins();
    caller.union(&inner);
    assert!(!caller.is_tainted());
    inner.taint();
    caller.union(&inner);
    assert!(caller.is_tainted());
    assert!(caller.since() <= inner.since(), "for no caller that came later than the inner body");
}

#[test]
fn a_group_in_doubt_gives_a_deadline_to_its_dependents() {
    set_doubt(Duration::from_secs(3_600));
    let keyed = keyed();
    let collect = |key: u64| {
        let mut set = DependencySet::new();
        keyed.collect_key_into(&key, &mut set);
        set
    };
    let is_limited = |set: &DependencySet| set.deadline().kept().is_some();
    keyed.end_key(&1, keyed.hash(&1), InvalidatedAt::now(true));
    assert!(is_limited(&collect(1)));
    assert!(!is_limited(&collect(2)), "another key");
    keyed.whole().end_current(InvalidatedAt::now(true));
    assert!(is_limited(&collect(2)));
    let (mut caller, mut outer) = (DependencySet::new(), DependencySet::new());
    caller.inherit(collect(1).deadline());
    outer.union(&caller);
    assert!(is_limited(&caller) && is_limited(&outer), "it passes on to callers");
}

/// A transaction that defers the invalidation of `cell`.
fn deferred(cell: &'static GenerationCell) -> Arc<PendingInvalidations> {
    let transaction = PendingInvalidations::new(None);
    assert!(transaction.defer(Pending::Cell(cell)).is_ok());
    transaction
}

#[test]
fn a_transaction_touches_what_it_defers_until_it_commits() {
    let (cell, other) = (cell(), cell());
    let (one, two) = (on_cell(cell), on_cell(other));
    let transaction = deferred(cell);
    assert!(transaction.defer(Pending::Cell(cell)).is_ok(), "twice is once");
    assert!(transaction.touches(cell.id()) && !transaction.touches(other.id()));
    assert!(one.are_alive(), "nobody outside sees anything");
    assert_eq!(transaction.commit().0, 1);
    assert!(!one.are_alive() && two.are_alive());
    assert!(transaction.defer(Pending::Cell(cell)).is_err(), "it is closed");
}

#[test]
fn a_transaction_touches_a_key_by_itself_and_with_all_keys() {
    let keyed = keyed();
    let (one, two) = (on_key(keyed, &1), on_key(keyed, &2));
    let touched =
        |by: &PendingInvalidations, what: &Dependencies| what.any_group(|group| by.touches(group));
    let all = deferred(keyed.whole());
    assert!(touched(&all, &one) && touched(&all, &two));
    let alone = PendingInvalidations::new(None);
    let pending = Pending::Key { keyed, hash: keyed.hash(&1), key: Arc::new(1) };
    assert!(alone.defer(pending).is_ok());
    assert!(touched(&alone, &one) && !touched(&alone, &two));
}

#[test]
fn a_rollback_invalidates_nothing() {
    let cell = cell();
    let one = on_cell(cell);
    let transaction = deferred(cell);
    transaction.roll_back();
    assert_eq!(transaction.commit().0, 0);
    assert!(one.are_alive());
}

#[test]
fn an_inner_transaction_commits_to_the_outer_one() {
    let (cell, other) = (cell(), cell());
    let (one, two) = (on_cell(cell), on_cell(other));
    let outer = deferred(cell);
    let inner = PendingInvalidations::new(Some(Arc::clone(&outer)));
    assert!(inner.touches(cell.id()), "they change one database");
    assert!(inner.defer(Pending::Cell(other)).is_ok());
    assert!(outer.touches(other.id()));
    assert_eq!(inner.commit().0, 0);
    assert!(one.are_alive() && two.are_alive());
    assert_eq!(outer.commit().0, 2);
    assert!(!one.are_alive() && !two.are_alive());
}

#[test]
fn transactions_in_a_scope_hand_over_past_it() {
    let (cell, other) = (cell(), cell());
    let (one, two) = (on_cell(cell), on_cell(other));
    let outer = PendingInvalidations::new(None);
    let scope = PendingInvalidations::scope(&outer);
    assert!(scope.defer(Pending::Cell(cell)).is_ok());
    let inner = PendingInvalidations::new(Some(Arc::clone(&scope)));
    assert!(inner.defer(Pending::Cell(other)).is_ok());
    inner.commit();
    scope.roll_back();
    assert_eq!(outer.commit().0, 1, "what the inner one has committed");
    assert!(one.are_alive() && !two.are_alive());
}

/// Values that other bodies use.
fn used(count: usize) -> Vec<Dependencies> {
    (0..count).map(|_| on_cell(cell())).collect()
}

#[test]
fn a_value_that_is_used_twice_is_listed_once() {
    let used = used(100);
    let mut set = DependencySet::new();
    (0..3).for_each(|_| used.iter().for_each(|value| set.list(value.node())));
    assert!(format!("{set:?}").matches("listed_by").count() == 100);
    assert_eq!(count(&set.dependencies(false)), 100);
}

/// Each set takes what the other has listed for new, but no list grows without bound.
#[test]
fn two_sets_at_once_list_a_value_a_few_times() {
    let used = used(3);
    let mut sets = [DependencySet::new(), DependencySet::new()];
    for _ in 0..10_000 {
        sets.iter_mut().for_each(|set| used.iter().for_each(|value| set.list(value.node())));
    }
    for mut set in sets {
        assert!((3..600).contains(&format!("{set:?}").matches("listed_by").count()));
        assert_eq!(count(&set.dependencies(false)), 3);
    }
}
