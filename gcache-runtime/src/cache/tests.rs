//! The rules of this room, by its door: what is inserted is found, until it ends, expires, is evicted or cleared.

use super::{Entry, Memo, Vacant, get_local};
use crate::config::Config;
use crate::generations::{Deadline, DependencySet, GenerationCell, InvalidatedAt};
use crate::sync::{Arc, Mutex};
use std::hash::{Hash, Hasher};
use std::thread;
use std::time::{Duration, Instant};

/// Far more steps than any property takes; steps are counted, since their time says nothing.
const STEPS: u64 = 1_000_000;

/// For each test: what is swept, and when, rests on counts of the whole process.
fn alone() -> impl Drop {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock()
}

/// A group of its own, of which each life is a generation.
fn group() -> &'static GenerationCell {
    Box::leak(Box::new(GenerationCell::new()))
}

fn memo<K, V>(config: Config<K, V>) -> &'static Memo<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Box::leak(Box::new(Memo::new(config)))
}

type Numbers = &'static Memo<u64, u64>;

fn numbers() -> Numbers {
    memo(Config::new())
}

/// Reads the value of an entry that the thread-local cache holds.
#[expect(clippy::unnecessary_wraps, reason = "a reader may turn an entry down")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as a lookup calls it")]
fn read(_: &Arc<Entry<u64, u64>>, value: &u64) -> Option<u64> {
    Some(*value)
}

/// Looks a key up as a call does that has not looked anywhere yet.
fn get(memo: Numbers, key: u64) -> Result<u64, Vacant> {
    let found = memo.get(&key, false, |entry| Some(*entry.value()));
    found.map_err(|vacant| vacant.expect("caching is on"))
}

/// An entry that depends on `group`, and on its memo not being cleared.
fn entry<K, V>(
    memo: &'static Memo<K, V>,
    (key, value): (K, V),
    group: &'static GenerationCell,
    deadline: Deadline,
) -> Arc<Entry<K, V>>
where
    K: Clone + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let mut dependencies = DependencySet::new();
    memo.collect_into(&mut dependencies);
    group.collect_into(&mut dependencies);
    Arc::new(Entry::new(key, value, dependencies.dependencies(false), deadline, memo.config.idle))
}

/// Looks a key up, and inserts `value` where it is not found.
fn put(memo: Numbers, key: u64, value: u64, group: &'static GenerationCell) {
    let vacant = get(memo, key).expect_err("it is not there");
    memo.insert(vacant, &entry(memo, (key, value), group, Deadline::default()));
}

#[test]
fn an_inserted_value_is_found_on_each_thread() {
    let _alone = alone();
    let memo = numbers();
    put(memo, 1, 10, group());
    assert_eq!((get(memo, 1).ok(), get(memo, 2).ok()), (Some(10), None));
    assert_eq!(thread::spawn(move || get(memo, 1).ok()).join().expect("it returns"), Some(10));
    assert_eq!(memo.len(), 1);
}

#[test]
fn an_entry_in_the_local_cache_is_found_by_the_number_of_its_memo() {
    let _alone = alone();
    let (memo, other) = (numbers(), numbers());
    put(memo, 1, 10, group());
    let local = |memo: Numbers, key: u64| get_local(memo.number, &key, read);
    assert_eq!(local(memo, 1), None, "it was not used yet");
    assert!((0..STEPS).any(|_| get(memo, 1).is_ok() && local(memo, 1) == Some(10)));
    assert_eq!((local(other, 1), local(memo, 2)), (None, None));
    let elsewhere = thread::spawn(move || local(memo, 1));
    assert_eq!(elsewhere.join().expect("it returns"), None, "each thread has its own");
}

#[test]
fn an_entry_is_found_until_its_group_ends() {
    let _alone = alone();
    let memo = numbers();
    let (one, other) = (group(), group());
    put(memo, 1, 10, one);
    put(memo, 2, 20, other);
    // Wherever it lies: with the first lookup in the map, later in the local cache.
    for _ in 0..10 {
        assert_eq!((get(memo, 1).ok(), get(memo, 2).ok()), (Some(10), Some(20)));
    }
    one.end_current(InvalidatedAt::now(false));
    assert_eq!((get(memo, 1).ok(), get(memo, 2).ok()), (None, Some(20)));
    assert_eq!(memo.stats().ended, 1);
    put(memo, 1, 11, one);
    assert_eq!(get(memo, 1).ok(), Some(11));
}

#[test]
fn an_entry_whose_group_ended_before_it_was_inserted_is_not_found() {
    let _alone = alone();
    let (memo, group) = (numbers(), group());
    let vacant = get(memo, 1).expect_err("it is not there");
    let late = entry(memo, (1, 10), group, Deadline::default());
    group.end_current(InvalidatedAt::now(false));
    memo.insert(vacant, &late);
    assert_eq!(get(memo, 1).ok(), None);
    assert_eq!(memo.len(), 0, "nor is it kept");
}

#[test]
fn a_second_look_finds_what_another_call_has_inserted() {
    let _alone = alone();
    let memo = numbers();
    let vacant = get(memo, 1).expect_err("it is not there");
    assert!(memo.get_again(vacant, &1).is_none());
    put(memo, 1, 10, group());
    assert_eq!(memo.get_again(vacant, &1).map(|entry| *entry.value()), Some(10));
}

#[test]
fn a_cleared_entry_is_found_on_no_thread() {
    let _alone = alone();
    let (memo, other) = (numbers(), numbers());
    for memo in [memo, other] {
        put(memo, 1, 10, group());
        (0..10).for_each(|_| assert_eq!(get(memo, 1).ok(), Some(10)));
    }
    let late = entry(memo, (2, 20), group(), Deadline::default());
    let vacant = get(memo, 2).expect_err("it is not there");
    thread::spawn(|| memo.clear()).join().expect("it returns");
    assert_eq!((get(memo, 1).ok(), memo.len()), (None, 0));
    assert_eq!(get(other, 1).ok(), Some(10), "of another memo");
    memo.insert(vacant, &late);
    assert_eq!(get(memo, 2).ok(), None, "it was computed before the clearing");
}

#[test]
fn an_entry_is_found_until_its_deadline() {
    let _alone = alone();
    let memo = numbers();
    let until = |deadline: Instant| {
        let mut until = Deadline::default();
        until.keep_until(Some(deadline));
        until
    };
    let (vacant, other) = (get(memo, 1).expect_err("new"), get(memo, 2).expect_err("new"));
    memo.insert(vacant, &entry(memo, (1, 10), group(), until(Instant::now())));
    let later = Instant::now() + Duration::from_secs(3_600);
    memo.insert(other, &entry(memo, (2, 20), group(), until(later)));
    for _ in 0..10 {
        assert_eq!((get(memo, 1).ok(), get(memo, 2).ok()), (None, Some(20)));
    }
    assert_eq!(memo.stats().expired, 1);
}

#[test]
fn a_memo_keeps_to_its_capacity_and_finds_no_evicted_entry() {
    const CAPACITY: u64 = 10;
    let _alone = alone();
    let memo: Numbers = memo(Config::new().capacity(CAPACITY));
    for key in 0..200 {
        put(memo, key, key * 10, group());
        assert!(memo.len() as u64 <= CAPACITY, "{} entries", memo.len());
    }
    let found = (0..200).filter(|key| get(memo, *key).is_ok()).count();
    assert!((1..=memo.len()).contains(&found), "{found} of {} entries are found", memo.len());
    let stats = memo.stats();
    assert_eq!(stats.evicted + stats.entries, 200);
}

#[test]
fn an_evicted_entry_is_not_found_in_a_local_cache() {
    let _alone = alone();
    for _ in 0..20 {
        let memo: Numbers = memo(Config::new().capacity(1));
        let call = |key| {
            if let Err(vacant) = get(memo, key) {
                memo.insert(vacant, &entry(memo, (key, key), group(), Deadline::default()));
            }
        };
        let vacant = get(memo, 1).expect_err("it is not there");
        (0..5).for_each(|_| call(1));
        assert!(get(memo, 1).is_ok());
        // The second look is at the map alone.
        let is_evicted = || memo.get_again(vacant, &1).is_none();
        assert!((0..STEPS).inspect(|_| (0..9).for_each(|_| call(2))).any(|_| is_evicted()));
        assert_eq!(get(memo, 1).ok(), None);
    }
}

#[test]
fn a_memo_with_room_tells_the_policy_nothing() {
    const CAPACITY: u64 = 100;
    let _alone = alone();
    let (memo, group): (Numbers, _) = (memo(Config::new().capacity(CAPACITY)), group());
    for key in 0..CAPACITY {
        put(memo, key, key, group);
        (0..100).for_each(|_| assert!(get(memo, key).is_ok()));
    }
    assert!(memo.policy.knows_nothing());
    // Nor does it of keys that are asked for once.
    group.end_current(InvalidatedAt::now(false));
    (1_000..2_000).for_each(|key| put(memo, key, key, group));
    assert!(memo.policy.knows_nothing());
    assert!(get(memo, 1_999).is_ok());
    (2_000..2_100).for_each(|key| put(memo, key, key, group));
    assert!(!memo.policy.knows_nothing());
}

#[test]
fn used_entries_outlive_those_that_are_not() {
    const CAPACITY: u64 = 100;
    let _alone = alone();
    let (memo, group): (Numbers, _) = (memo(Config::new().capacity(CAPACITY)), group());
    for key in 0..CAPACITY / 2 {
        put(memo, key, key, group);
        assert!(get(memo, key).is_ok());
    }
    (1_000..2_000).for_each(|key| put(memo, key, key, group));
    assert!((0..CAPACITY / 2).all(|key| get(memo, key).is_ok()));
    assert!(memo.len() as u64 <= CAPACITY);
}

/// Once the memo is full of used entries, few of the others stay for long.
#[test]
fn a_key_that_is_missed_again_stays_beside_used_ones() {
    const CAPACITY: u64 = 100;
    let _alone = alone();
    let (memo, group): (Numbers, _) = (memo(Config::new().capacity(CAPACITY)), group());
    for key in 0..2 * CAPACITY {
        put(memo, key, key, group);
        (0..3).for_each(|_| assert!(get(memo, key).is_ok()));
    }
    let mut others = 1_000..;
    let mut misses = 0;
    for _ in 0..50 {
        if get(memo, 500).is_err() {
            misses += 1;
            put(memo, 500, 500, group);
        }
        others.by_ref().take(5).for_each(|key| put(memo, key, key, group));
    }
    assert!(misses <= 3, "{misses} misses of one key");
}

#[test]
fn an_entry_that_is_computed_anew_keeps_its_place() {
    const CAPACITY: u64 = 100;
    let _alone = alone();
    let memo: Numbers = memo(Config::new().capacity(CAPACITY));
    let (ends, lives) = (group(), group());
    for key in 0..CAPACITY {
        put(memo, key, key, if key < 10 { ends } else { lives });
        assert!(get(memo, key).is_ok());
    }
    // All are promoted but the last.
    put(memo, 1_000, 1, lives);
    for _ in 0..10 {
        ends.end_current(InvalidatedAt::now(false));
        (0..10).for_each(|key| put(memo, key, key, ends));
    }
    (2_000..3_000).for_each(|key| put(memo, key, key, lives));
    assert!((0..10).all(|key| get(memo, key).is_ok()));
    let stats = memo.stats();
    assert_eq!(stats.evicted + stats.entries + stats.ended, CAPACITY + 1 + 100 + 1_000);
}

#[test]
fn ended_entries_make_room_before_live_ones_are_evicted() {
    const CAPACITY: u64 = 32;
    let _alone = alone();
    let memo: Numbers = memo(Config::new().capacity(CAPACITY));
    let (ends, lives) = (group(), group());
    for key in 0..CAPACITY {
        put(memo, key, key, if key % 2 == 0 { ends } else { lives });
        assert!(get(memo, key).is_ok());
    }
    ends.end_current(InvalidatedAt::now(false));
    (0..CAPACITY / 2).for_each(|key| put(memo, 1_000 + key, key, lives));
    assert_eq!(memo.stats().evicted, 0);
    assert!((1..CAPACITY).step_by(2).all(|key| get(memo, key).is_ok()), "each of them lives");
}

#[test]
fn a_memo_by_weight_keeps_to_it_and_stores_nothing_heavier() {
    let _alone = alone();
    let memo: Numbers = memo(Config::new().max_weight(100, |_, value: &u64| *value));
    put(memo, 1, 101, group());
    assert_eq!((get(memo, 1).ok(), memo.stats().weight), (None, 0));
    for key in 2..50 {
        put(memo, key, 30, group());
        assert!(memo.stats().weight <= 100);
    }
    assert!(memo.len() >= 1);
    // A memo by weight leaves nothing to local caches, which would hold more.
    let kept = (2..50).find(|key| get(memo, *key).is_ok()).expect("one is kept");
    (0..10).for_each(|_| assert_eq!(get(memo, kept).ok(), Some(30)));
    assert_eq!(get_local(memo.number, &kept, read), None);
}

/// A key that has its hash in common with all others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Same(u64);

impl Hash for Same {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0.hash(state);
    }
}

#[test]
fn keys_of_one_hash_are_told_apart_by_eq_and_all_found() {
    let _alone = alone();
    let memo: &'static Memo<Same, u64> = memo(Config::new());
    let get = |key: u64| memo.get(&Same(key), false, |entry| Some(*entry.value()));
    for key in 0..20 {
        let vacant = get(key).expect_err("it is not there").expect("caching is on");
        memo.insert(vacant, &entry(memo, (Same(key), key), group(), Deadline::default()));
    }
    for _ in 0..10 {
        assert!((0..20).all(|key| get(key).ok() == Some(key)));
    }
    assert!(get(20).is_err());
}

#[test]
fn hits_are_counted_once_wherever_they_are_found() {
    let _alone = alone();
    let memo = numbers();
    put(memo, 1, 10, group());
    (0..100).for_each(|_| assert!(get(memo, 1).is_ok()));
    let elsewhere = move || (0..100).for_each(|_| assert!(get(memo, 1).is_ok()));
    thread::spawn(elsewhere).join().expect("it returns");
    assert_eq!(memo.stats().hits, 200);
}

#[test]
fn a_reader_that_refuses_an_entry_misses() {
    let _alone = alone();
    let memo = numbers();
    put(memo, 1, 10, group());
    for _ in 0..10 {
        assert!(memo.get(&1, false, |_| None::<u64>).is_err(), "a transaction has touched it, say");
    }
    assert_eq!(get(memo, 1).ok(), Some(10));
}

/// Inserts an entry, and promotes it as its turn does. Returns the token that it was inserted with.
fn put_promoted(memo: Numbers, key: u64, group: &'static GenerationCell) -> Vacant {
    let vacant = get(memo, key).expect_err("it is not there");
    let promoted = entry(memo, (key, key), group, Deadline::default());
    memo.insert(vacant, &promoted);
    promoted.note_use();
    assert!(memo.list.promote(&promoted).is_some());
    memo.policy.insert(vacant.hash(), 1);
    vacant
}

#[test]
fn a_turn_of_an_entry_that_was_promoted_meanwhile_leaves_nothing_in_the_policy() {
    let _alone = alone();
    let memo: Numbers = memo(Config::new().capacity(100));
    let slot = put_promoted(memo, 1, group()).hash();
    let index = memo.entries.pin().get(slot).and_then(|entry| entry.index());
    assert_eq!(memo.take_turn(index.expect("it is listed"), slot, &mut 0), Some(slot));
    assert_eq!((memo.len(), memo.policy.contains(slot)), (0, false));
}

#[test]
fn an_entry_that_is_replaced_before_it_is_listed_leaves_nothing_in_the_policy() {
    let _alone = alone();
    let (memo, group): (Numbers, _) = (memo(Config::new().capacity(100)), group());
    let vacant = put_promoted(memo, 1, group);
    let replaced = entry(memo, (1, 2), group, Deadline::default());
    // By another thread, between the map and the list.
    replaced.mark_removed(false);
    memo.insert(vacant, &replaced);
    assert_eq!((memo.list.len(), memo.policy.contains(vacant.hash())), (0, false));
}
