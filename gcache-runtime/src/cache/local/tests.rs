//! When a thread has a cache of a memo, and what it tells the eviction policy.

use super::{RECORDED, is_due, with_caches};
use crate::cache::{Entry, Memo, get_local};
use crate::config::Config;
use crate::generations::{Deadline, Dependencies};
use crate::sync::Arc;
use smallvec::SmallVec;
use std::thread;

type Numbers = &'static Memo<u64, u64>;

/// A memo with an entry of one key, which this thread has missed.
fn missed() -> Numbers {
    let memo: Numbers = Box::leak(Box::new(Memo::new(Config::new())));
    let vacant = memo.get(&7, false, |_| Some(())).expect_err("it is not there");
    let dependencies = Dependencies::new(SmallVec::new());
    let entry = Entry::new(7, 70, dependencies, Deadline::default(), None);
    memo.insert(vacant.expect("caching is on"), &Arc::new(entry));
    memo
}

fn hit(memo: Numbers) {
    assert!(memo.get(&7, false, |_| Some(())).is_ok());
}

fn has_cache(memo: Numbers) -> bool {
    with_caches(|caches| Some(caches.cache(memo.number).is_some())) == Some(Some(true))
}

#[test]
fn a_thread_has_a_cache_of_a_memo_from_its_first_hit_on() {
    let memo = missed();
    assert!(!has_cache(memo), "what was missed may never be asked for again");
    assert_eq!(get_local(memo.number, &7, |_: &Arc<_>, value: &u64| Some(*value)), None);
    assert!(!has_cache(memo), "a look makes none");
    hit(memo);
    assert!(has_cache(memo));
    let elsewhere = move || {
        let before = has_cache(memo);
        hit(memo);
        (before, has_cache(memo))
    };
    assert_eq!(thread::spawn(elsewhere).join().expect("it returns"), (false, true));
}

#[test]
fn the_first_hits_of_a_cache_tell_the_eviction_policy() {
    let memo = missed();
    // On a thread that has missed nothing, as where another one computes.
    let elsewhere = move || {
        hit(memo);
        let told = |_: &u32| {
            let counted =
                with_caches(|caches| caches.cache(memo.number).map(|it| it.hits().count()));
            let told = counted.flatten() == Some(true);
            if told {
                is_due(memo.number);
            }
            told
        };
        (0..4 * RECORDED).take_while(told).count()
    };
    let told = thread::spawn(elsewhere).join().expect("it returns");
    assert_eq!(told, RECORDED as usize - 1, "the hit that made the cache was the first");
}
